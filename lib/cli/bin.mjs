#!/usr/bin/env node
// Plain JavaScript: a Node.js that is too old for the rest of this project must still print this error.
const expectedMajor = 24;

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}

if (Number(process.versions.node.split('.')[0]) < expectedMajor) {
  fail(
    `error: media-batch runs on Node.js ${expectedMajor} or newer, ` +
      `got ${process.versions.node} at ${process.execPath}: ` +
      'run "npm ci" and start it through npm, which brings Node.js on Linux, or install it from https://nodejs.org/.',
  );
} else {
  import('./entry.ts').then(
    (entry) => entry.runProcess(),
    (error) => {
      if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
      fail(`error: a package is missing (${error.message.split('\n')[0]}): run "npm ci" first.`);
    },
  );
}
