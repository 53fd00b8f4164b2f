/**
 * DNS for Lambda@Edge on one machine. Its functions have no environment variables for other endpoints, so their `fetch`
 * resolves AWS hosts to the embedded servers. Any other host is refused, because on AWS it would be an undeclared call
 * to the internet.
 */
export function localAddress(address: URL, servers: Readonly<Record<string, string>>): URL {
  const match =
    /^(?:(?<bucket>[a-z0-9][a-z0-9.-]+)\.)?(?<service>s3|dynamodb|sqs|secretsmanager)\.[a-z0-9-]+\.amazonaws\.com$/.exec(
      address.hostname,
    );
  const service = match?.groups?.service;
  const bucket = match?.groups?.bucket;
  const server = service === undefined ? undefined : servers[service];
  if (address.protocol !== 'https:' || server === undefined || (bucket !== undefined && service !== 's3'))
    throw new TypeError(`the local run has no server for ${address.protocol}//${address.hostname}`);
  // The bucket moves from the host name to the path. The embedded S3 accepts both forms, and loopback has one name.
  const path = bucket === undefined ? address.pathname : `/${bucket}${address.pathname}`;
  return new URL(`${path}${address.search}`, server);
}

/** Returns a `fetch` that resolves hosts by `localAddress`. */
export function localFetch(servers: Readonly<Record<string, string>>, original: typeof fetch): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const address = localAddress(new URL(request.url), servers);
    return original(new Request(address, request));
  };
}
