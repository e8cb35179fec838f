/** How any client reaches a local AWS, as its administrator. */
export function clientOf({ endpoint, region }: { endpoint: string; region: string }) {
  return { endpoint, region, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };
}
