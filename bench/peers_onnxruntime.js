// SPDX-License-Identifier: ISC
// ONNX Runtime on models S and K, whole windows, int8, one thread.  Microseconds, the
// median of 60 forwards; calls from node are asynchronous and cost some microseconds more.
//
// usage: NODE_PATH=.../node_modules node peers_onnxruntime.js FOLDER [--serve]
// FOLDER has what peers_onnx.py writes.  With --serve one round for each line of input.
'use strict';
const ort = require('onnxruntime-node');
const readline = require('readline');

const options = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
};

async function microseconds(session, x) {
  const times = [];
  for (let i = 0; i < 60; ++i) {
    const begin = process.hrtime.bigint();
    await session.run({x});
    times.push(Number(process.hrtime.bigint() - begin) / 1000);
  }
  return times.sort((a, b) => a - b)[30];
}

async function main() {
  const folder = process.argv[2];
  const serve = process.argv.includes('--serve');
  const data = Uint8Array.from({length: 128 * 128}, (_, i) => (i * 2654435761 >>> 24));
  const x = new ort.Tensor('uint8', data, [1, 1, 128, 128]);
  const sessions = {};
  for (const name of ['s', 'k']) {
    sessions[name] = await ort.InferenceSession.create(`${folder}/model_${name}.onnx`, options);
    await microseconds(sessions[name], x);
  }
  const round = async () => {
    for (const [name, session] of Object.entries(sessions)) {
      const us = await microseconds(session, x);
      console.log(`model_${name}_window_onnxruntime_us ${us.toFixed(1)} us`);
    }
  };
  if (!serve) return round();
  for await (const _ of readline.createInterface({input: process.stdin})) {
    await round();
    console.log();
  }
}

main();
