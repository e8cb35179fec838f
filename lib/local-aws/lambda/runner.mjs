// What runs inside a function's own process: loads the bundle once, then serves one invocation at a time over IPC.
// Plain JavaScript, because stripping types would double the time of every cold start.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { LAMBDA_TASK_ROOT = '', _HANDLER = '', AWS_LAMBDA_FUNCTION_NAME, AWS_LAMBDA_FUNCTION_VERSION } = process.env;

// The function has the time of the local AWS, set at each invocation; from there it advances by real elapsed time.
const machineNow = Date.now;
let aheadMs = Number(process.argv[2]) - machineNow();
Date.now = () => machineNow() + aheadMs;
globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length > 0 ? args : [Date.now()], newTarget),
  apply: () => new Date().toString(),
});
Date.prototype.constructor = Date;

// Hides the parent process from the bundle.
const send = process.send.bind(process);
process.send = undefined;

function named(name, message) {
  return Object.assign(new Error(message), { name });
}

// As AWS's own Node.js runtime reports what was thrown.
function failure(thrown) {
  const isError = thrown instanceof Error;
  const errorType = isError ? thrown.name : typeof thrown;
  const errorMessage = isError ? thrown.message : String(thrown);
  const trace = isError ? (thrown.stack ?? '').split('\n') : [];
  process.stderr.write(`ERROR ${isError ? thrown.stack : errorMessage}\n`);
  return { errorType, payload: JSON.stringify({ errorType, errorMessage, trace }) };
}

async function loadHandler() {
  const dot = _HANDLER.lastIndexOf('.');
  const [moduleName, exportName] = [_HANDLER.slice(0, dot), _HANDLER.slice(dot + 1)];
  const file = ['.mjs', '.js', '.cjs'].map((ending) => join(LAMBDA_TASK_ROOT, moduleName + ending)).find(existsSync);
  if (!file) throw named('Runtime.ImportModuleError', `Error: Cannot find module '${moduleName}'`);
  const bundle = await import(pathToFileURL(file).href).catch((error) => {
    if (error instanceof SyntaxError) throw named('Runtime.UserCodeSyntaxError', String(error));
    const missing = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(error?.code);
    throw missing ? named('Runtime.ImportModuleError', String(error)) : error;
  });
  const handler = bundle[exportName] ?? bundle.default?.[exportName];
  if (typeof handler === 'function') return handler;
  throw named('Runtime.HandlerNotFound', `${_HANDLER} is undefined or not exported`);
}

function answerAndExit(thrown) {
  send({ ...failure(thrown), ends: true }, () => process.exit(129));
}

process.on('disconnect', () => process.exit());
// Ctrl-C reaches every process of the terminal; the local AWS decides when its functions end.
process.on('SIGINT', () => {});
process.on('uncaughtException', answerAndExit);
process.on('unhandledRejection', (reason) => answerAndExit(named('Runtime.UnhandledPromiseRejection', String(reason))));

async function serve({ now, event, requestId, functionArn, timeoutMs }, handler) {
  aheadMs = now - machineNow();
  const deadline = now + timeoutMs;
  const context = {
    awsRequestId: requestId,
    functionName: AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: functionArn,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  try {
    const result = await handler(JSON.parse(event), context);
    return { payload: JSON.stringify(result) ?? 'null' };
  } catch (error) {
    return failure(error);
  } finally {
    // As AWS ends an invocation's log: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
    const durationMs = Date.now() - now;
    const usedMiB = Math.ceil(process.resourceUsage().maxRSS / 1024);
    const report = `RequestId: ${requestId}\tDuration: ${durationMs}.00 ms\tMemory Size: ${context.memoryLimitInMB} MB`;
    process.stderr.write(`REPORT ${report}\tMax Memory Used: ${usedMiB} MB\n`);
  }
}

try {
  const handler = await loadHandler();
  process.on('message', async (invocation) => send(await serve(invocation, handler)));
  send({ payload: 'null' });
} catch (error) {
  answerAndExit(error);
}
