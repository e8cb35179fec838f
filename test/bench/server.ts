import { callCounter } from '../support/call-counts.ts';
import { startLocalServices } from '../support/local-services.ts';

// The local S3 and DynamoDB in a process of their own, so that what they take is not counted as the step's. Says where
// it listens, then what it was asked since the last time, whenever somebody wants to know.

const [dataFolder] = process.argv.slice(2);
const calls = callCounter();
const services = await startLocalServices({
  ...(dataFolder && { dataFolder }),
  intercept({ http }, serve) {
    calls.count(http);
    return serve(http);
  },
});
process.on('message', () => process.send?.(calls.take()));
process.once('disconnect', () => void services.close());
process.send?.(services.endpoint);
