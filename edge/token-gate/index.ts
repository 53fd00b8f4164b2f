import { routeTree } from '../shared/tree.ts';
import { makeHandler } from './handler.ts';
import { loadFromS3 } from './s3-config.ts';

/** Credentials of the function's role. Lambda@Edge has no other environment variables than Lambda's reserved ones. */
function credentials() {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN } = process.env;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: AWS_SESSION_TOKEN }),
  };
}

export const handler = makeHandler({
  tree: routeTree,
  load: (address) => loadFromS3(address, credentials()),
  nowMs: () => Date.now(),
  log: (line) => console.error(JSON.stringify({ service: 'token-gate', ...line })),
});
