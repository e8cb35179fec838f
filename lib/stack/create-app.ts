import { App, type AppProps } from 'aws-cdk-lib';
import { MediaBatchStack } from './media-batch-stack.ts';
import { readSettings } from './settings/settings.ts';

/**
 * Makes the CDK app with its one stack.
 *
 * @throws {BadSetting} when a setting cannot work
 */
export function createApp(
  environment: Readonly<Record<string, string | undefined>>,
  props?: AppProps,
): { app: App; stack: MediaBatchStack } {
  const app = new App(props);
  const stack = new MediaBatchStack(app, readSettings(app.node.getAllContext(), environment));
  return { app, stack };
}
