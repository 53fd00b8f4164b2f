import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { errors, type InteractionResults } from 'oidc-provider';
import type { AccountBook } from './accounts.ts';
import {
  errorPage,
  type FormKind,
  type FormProblem,
  formPage,
  languageOf,
  pageSecurityPolicy,
} from './pages.ts';

/** Path of the form: `/interaction/<uid>`. It is sent to `/sign-in`, `/sign-up` or `/cancel` below it. */
export const interactionPath = '/interaction/';
const bodyBytesMax = 8 * 1024;
const pathPattern = /^\/interaction\/([A-Za-z0-9_-]{1,64})(?:\/(sign-in|sign-up|cancel))?$/;

/** The sign-in and sign-up form of an authorization. A cookie of oidc-provider ties it to its browser. */
export function makeInteractions(
  provider: Provider,
  accounts: AccountBook,
  passwordLengthMin: number,
  clientOrigins: () => readonly string[],
) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const acceptLanguage = request.headers['accept-language'];
    const send = (status: number, html: string) => {
      response.writeHead(status, {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': pageSecurityPolicy(clientOrigins()),
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
      response.end(html);
    };
    try {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const match = pathPattern.exec(url.pathname);
      const uid = match?.[1];
      const { params, prompt, uid: expectedUid } = await provider.interactionDetails(request, response);
      if (uid === undefined || uid !== expectedUid || prompt.name !== 'login')
        return send(404, errorPage(languageOf(acceptLanguage), 'not found'));
      const locales = params.ui_locales;
      const language = languageOf(typeof locales === 'string' ? locales : acceptLanguage);
      const path = `${interactionPath}${uid}`;
      const show = (kind: FormKind, email: string, problem?: FormProblem) =>
        send(
          problem === undefined ? 200 : 422,
          formPage({ kind, language, path, email, passwordLengthMin, problem }),
        );
      const finish = (result: InteractionResults) =>
        provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });

      if (request.method === 'GET' && match?.[2] === undefined)
        return show(url.searchParams.get('form') === 'sign-up' ? 'sign-up' : 'sign-in', '');
      if (request.method !== 'POST' || match?.[2] === undefined)
        return send(405, errorPage(language, 'method not allowed'));
      const action = match[2];
      if (action === 'cancel') return await finish({ error: 'access_denied' });
      const form = await readForm(request);
      const email = form.get('email') ?? '';
      const password = form.get('password') ?? '';
      if (action === 'sign-up') {
        const account = await accounts.signUp(email, password);
        if (typeof account === 'string') return show('sign-up', email, account);
        return await finish({ login: { accountId: account.sub, remember: true } });
      }
      const account = await accounts.signIn(email, password);
      if (account === undefined) return show('sign-in', email, 'wrong');
      return await finish({ login: { accountId: account.sub, remember: true } });
    } catch (error) {
      // This cookie has no form: the form has expired, or was never opened.
      const isLate = error instanceof errors.OIDCProviderError;
      if (!isLate) console.error('local issuer: a form failed', error);
      if (!response.headersSent)
        send(isLate ? 400 : 500, errorPage(languageOf(acceptLanguage), isLate ? 'expired' : 'failed'));
    }
  };
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > bodyBytesMax) throw new Error('the form is too long');
    chunks.push(part);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}
