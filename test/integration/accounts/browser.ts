import { CookieJar } from '../../support/http/cookie-jar.ts';
import { patienceMs } from '../../support/time/patience-ms.ts';

/** A minimal browser: cookies per host, redirects one by one, forms read from the page. */
export class Browser {
  readonly #jars = new Map<string, CookieJar>();

  jar(url: string): CookieJar {
    const { host } = new URL(url);
    const jar = this.#jars.get(host) ?? new CookieJar();
    this.#jars.set(host, jar);
    return jar;
  }

  async fetch(url: string, init: { method?: string; headers?: Record<string, string>; body?: string } = {}) {
    const jar = this.jar(url);
    const cookie = jar.header();
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...init.headers, ...(cookie === undefined ? {} : { cookie }) },
      signal: AbortSignal.timeout(patienceMs),
    });
    jar.keep(response.headers.getSetCookie());
    return response;
  }

  /**
   * Follows redirects until `stopAt` returns true or a response is no redirect. Returns the last address and response.
   */
  async visit(
    url: string,
    stopAt: (url: string) => boolean = () => false,
    init: Parameters<Browser['fetch']>[1] = {},
  ): Promise<{ url: string; response: Response | undefined }> {
    let at = url;
    let with_ = init;
    for (let hop = 0; hop < 12; hop += 1) {
      if (stopAt(at)) return { url: at, response: undefined };
      const response = await this.fetch(at, with_);
      const location = response.headers.get('location');
      if (location === null) return { url: at, response };
      at = new URL(location, at).href;
      with_ = {};
    }
    throw new Error(`too many redirects, the last to ${at}`);
  }

  submit(url: string, fields: Record<string, string>, stopAt?: (url: string) => boolean) {
    return this.visit(url, stopAt, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    });
  }
}
