# SPDX-License-Identifier: ISC
"""Log-mel frames by the field's Python tools: 22,050 Hz, 2048 / 512, 128 bands, dB.

One round for each line on standard input, "name value unit" lines, then an empty one;
without --serve one round.  Microseconds a frame over ten seconds of noise, the median of
nine calls, one thread.  What is not installed is named on standard error.
"""
import statistics
import sys
import time

import numpy as np
import scipy.fft
import scipy.signal
import scipy.sparse

RATE, N_FFT, HOP, BANDS, SECONDS = 22050, 2048, 512, 128, 10


def mel_filters():
    """Slaney's scale and norm, as librosa's: [BANDS][N_FFT / 2 + 1]."""
    step, logstep = 200 / 3, np.log(6.4) / 27
    top = 15 + np.log(RATE / 2 / 1000) / logstep
    mels = np.linspace(0, top, BANDS + 2)
    hz = np.where(mels < 15, step * mels, 1000 * np.exp(logstep * (mels - 15)))
    bins = np.linspace(0, RATE / 2, N_FFT // 2 + 1)
    ramps = hz[:, None] - bins[None, :]
    lower = -ramps[:-2] / np.diff(hz)[:-1, None]
    upper = ramps[2:] / np.diff(hz)[1:, None]
    norm = 2 / (hz[2:] - hz[:-2])
    return (np.maximum(0, np.minimum(lower, upper)) * norm[:, None]).astype(np.float32)


def with_scipy(x):
    window = scipy.signal.get_window("hann", N_FFT).astype(np.float32)
    mel = scipy.sparse.csr_matrix(mel_filters())

    def run():
        frames = np.lib.stride_tricks.sliding_window_view(x, N_FFT)[::HOP]
        spectrum = scipy.fft.rfft(frames * window, workers=1)
        power = spectrum.real**2 + spectrum.imag**2
        return 10 * np.log10(np.maximum(mel @ power.T, 1e-10))

    return run


def with_torch(x):
    import torch

    window, mel = torch.hann_window(N_FFT), torch.from_numpy(mel_filters())
    sound = torch.from_numpy(x)

    def run():
        with torch.no_grad():
            s = torch.stft(sound, N_FFT, HOP, window=window, center=False, return_complex=True)
            return 10 * torch.log10(torch.clamp(mel @ s.abs().square(), min=1e-10))

    return run


def with_torchaudio(x):
    import torch
    import torchaudio

    mel = torchaudio.transforms.MelSpectrogram(
        RATE, N_FFT, hop_length=HOP, n_mels=BANDS, center=False, norm="slaney",
        mel_scale="slaney")
    to_db = torchaudio.transforms.AmplitudeToDB("power")
    sound = torch.from_numpy(x)

    def run():
        with torch.no_grad():
            return to_db(mel(sound))

    return run


def with_librosa(x):
    import librosa

    def run():
        return librosa.power_to_db(librosa.feature.melspectrogram(
            y=x, sr=RATE, n_fft=N_FFT, hop_length=HOP, n_mels=BANDS, center=False))

    return run


def with_aubio(x):
    import aubio

    vocoder, bank = aubio.pvoc(N_FFT, HOP), aubio.filterbank(BANDS, N_FFT)
    bank.set_power(2)
    bank.set_mel_coeffs_slaney(RATE) if BANDS == 40 else bank.set_mel_coeffs(RATE, 0, RATE / 2)
    blocks = x[: len(x) // HOP * HOP].reshape(-1, HOP)

    def run():
        return [10 * np.log10(np.maximum(bank(vocoder(block)), 1e-10)) for block in blocks]

    return run


def microseconds(run, n_frames):
    times = []
    for _ in range(9):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return 1e6 * statistics.median(times) / n_frames


def main():
    x = np.random.default_rng(1).standard_normal(RATE * SECONDS).astype(np.float32) * 0.1
    n_frames = (len(x) - N_FFT) // HOP + 1
    peers = {}
    for name, make in (("numpy_scipy", with_scipy), ("librosa", with_librosa),
                       ("torch_stft", with_torch), ("torchaudio", with_torchaudio),
                       ("aubio", with_aubio)):
        try:
            peers[name] = make(x)
            peers[name]()
        except (ImportError, OSError) as missing:
            peers.pop(name, None)
            print(f"{name} is not measured: {missing}", file=sys.stderr)
    serve = "--serve" in sys.argv
    for _ in sys.stdin if serve else [""]:
        for name, run in peers.items():
            print(f"logmel_frame_{name}_us {microseconds(run, n_frames):.4g} us")
        if serve:
            print(flush=True)


try:
    import torch

    torch.set_num_threads(1)
except ImportError:
    pass

main()
