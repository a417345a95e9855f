#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Open a page in headless Chromium, without a network, and say what is there.

usage: page_visit.py CHROMIUM PAGE [--dark] [--shot PNG] [--click SELECTOR]...

Prints, one a line: `title: ...`, `heading: ...`, `row: cell|cell|...` of every table,
`figure: WIDTHxHEIGHT` of every picture as decoded, `console: ...` for each message or
error.  Then for each click what the sound of that section did within a few seconds:
`played: from S to S` or `silent: what the page says`."""
import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys
import tempfile
import time

LIMIT_S = 50
LOOK = """(() => {
  const words = node => node.textContent.trim().replace(/\\s+/g, " ");
  const all = (selector, where = document) => Array.from(where.querySelectorAll(selector));
  return JSON.stringify([
    "title: " + document.title,
    ...all("h1, h2").map(h => "heading: " + words(h)),
    ...all("tr").map(tr => "row: " + all("th, td", tr).map(words).join("|")),
    ...all("img").map(i => `figure: ${i.naturalWidth}x${i.naturalHeight}`)]);
})()"""
# Played is what moved on by itself from where it began.
CLICK = """(async selector => {
  const pause = ms => new Promise(done => setTimeout(done, ms));
  const pressed = document.querySelector(selector);
  const file = pressed.closest(".file"), audio = file.querySelector("audio");
  const trouble = file.querySelector(".trouble");
  let from = Infinity;
  audio.addEventListener("playing", () => { from = audio.currentTime; }, {once: true});
  pressed.click();
  for (let i = 0; i !== 100; i++) {
    await pause(100);
    if (!trouble.hidden) return "silent: " + trouble.textContent.trim();
    if (audio.currentTime > from + 0.3)
      return `played: from ${from.toFixed(1)} to ${audio.currentTime.toFixed(1)}`;
  }
  return `silent: after 10 s at ${audio.currentTime}, ready state ${audio.readyState}`;
})"""


class Browser:
    """Chromium behind its debugging pipe: JSON messages that end with a zero byte."""

    def __init__(self, program, profile, dark):
        there, self.out = os.pipe()
        self.into, back = os.pipe()
        self.end = time.monotonic() + LIMIT_S
        self.pending = b""
        self.n_sent = 0
        self.session = None
        self.messages = []
        self.n_loaded = 0
        # The program expects the pipe at 3 and 4; the numbers here may be the same.
        self.child = subprocess.Popen(
            ["sh", "-c", f'exec 3<&{there} 4>&{back}; exec "$@"', "sh", program,
             "--headless=new", "--remote-debugging-pipe", "--no-sandbox",
             "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update",
             "--proxy-server=127.0.0.1:9", "--hide-scrollbars", "--mute-audio",
             "--window-size=1000,1400", f"--user-data-dir={profile}",
             *(["--force-dark-mode", "--blink-settings=preferredColorScheme=0"]
               if dark else []), "about:blank"],
            pass_fds=(there, back), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={**os.environ, "HOME": profile})
        os.close(there)
        os.close(back)

    def receive(self):
        while b"\0" not in self.pending:
            left = self.end - time.monotonic()
            if left <= 0 or not select.select([self.into], [], [], left)[0]:
                sys.exit(f"page_visit: no answer from Chromium for {LIMIT_S} s")
            more = os.read(self.into, 1 << 16)
            if not more:
                sys.exit("page_visit: Chromium has ended")
            self.pending += more
        text, _, self.pending = self.pending.partition(b"\0")
        message = json.loads(text)
        self.take_event(message.get("method"), message.get("params", {}))
        return message

    def take_event(self, method, event):
        if method == "Runtime.consoleAPICalled":
            words = [str(a.get("value", a.get("description"))) for a in event["args"]]
            self.messages.append(" ".join(words))
        elif method == "Runtime.exceptionThrown":
            self.messages.append(json.dumps(event["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.messages.append(event["entry"]["text"])
        elif method == "Page.loadEventFired":
            self.n_loaded += 1

    def call(self, method, **params):
        self.n_sent += 1
        request = {"id": self.n_sent, "method": method, "params": params}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.out, json.dumps(request).encode() + b"\0")
        while True:
            message = self.receive()
            if message.get("id") == self.n_sent:
                if "error" in message:
                    sys.exit(f"page_visit: {method}: {message['error']}")
                return message["result"]

    def evaluate(self, script):
        got = self.call("Runtime.evaluate", expression=script, awaitPromise=True,
                        returnByValue=True, userGesture=True)
        if "exceptionDetails" in got:
            sys.exit(f"page_visit: {json.dumps(got['exceptionDetails'])}")
        return got["result"].get("value")

    def open(self, url):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(domain + ".enable")
        self.call("Page.navigate", url=url)
        while self.n_loaded == 0:
            self.receive()

    def shoot(self, path):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True,
                         clip={**size, "scale": 1})
        pathlib.Path(path).write_bytes(base64.b64decode(shot["data"]))

    def close(self):
        self.child.kill()
        self.child.wait()


def main():
    program, page, *rest = sys.argv[1:]
    dark, shot, clicks = False, None, []
    while rest:
        option = rest.pop(0)
        if option == "--dark":
            dark = True
        elif option == "--shot":
            shot = rest.pop(0)
        elif option == "--click":
            clicks.append(rest.pop(0))
        else:
            sys.exit(f"page_visit: cannot understand {option}")
    profile = tempfile.mkdtemp(prefix="earshot-page.")
    browser = Browser(program, profile, dark)
    try:
        browser.open(pathlib.Path(page).resolve().as_uri())
        print(*json.loads(browser.evaluate(LOOK)), sep="\n")
        for selector in clicks:
            print(browser.evaluate(f"{CLICK}({json.dumps(selector)})"))
        if shot:
            browser.shoot(shot)
        for message in browser.messages:
            print("console:", " ".join(message.split()))
    finally:
        browser.close()
        shutil.rmtree(profile, ignore_errors=True)


main()
