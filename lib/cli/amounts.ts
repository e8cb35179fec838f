export { bytesText, countText, usdText } from '../../lambdas/shared/amounts.ts';
