import { localCredentials } from '../registry.ts';

/** Options of an SDK client for an embedded server. */
export function clientOptions(endpoint: string, region: string) {
  return {
    endpoint,
    region,
    credentials: {
      accessKeyId: localCredentials.AWS_ACCESS_KEY_ID,
      secretAccessKey: localCredentials.AWS_SECRET_ACCESS_KEY,
    },
  };
}
