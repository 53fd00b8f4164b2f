import '../styles/base.css';
import { parseReturnTo } from '#core/accounts/return-to.ts';
import { api, pages } from '../shared/addresses.ts';
import { request } from '../shared/api.ts';
import { object, optional, type Read, text } from '../shared/decode.ts';
import { mountPage, type Voice } from '../shared/mount.tsx';
import { browserPorts } from '../shared/page-ports.ts';
import { requestSignedIn } from '../shared/signed-in.ts';

const me = object({ user: object({ sub: text, email: optional(text) }) });
const signedOut = object({ redirectTo: text });

type State =
  | { readonly kind: 'asking' | 'signed-out' | 'unavailable' }
  | { readonly kind: 'signed-in'; readonly user: Read<typeof me>['user'] };

const query = new URLSearchParams(location.search);
const returnTo = parseReturnTo(query.get('returnTo') ?? '') ?? pages.home;
let state: State = { kind: 'asking' };

const page = mountPage((voice) => ({ title: voice.t.signInPageTitle, body: <SignIn voice={voice} /> }));

function SignIn({ voice }: { voice: Voice }) {
  const { t, language } = voice;
  const problem = problemText(t);
  return (
    <section class="card ended">
      <h1>{t.signInPageTitle}</h1>
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {state.kind === 'asking' && <p class="lead">{t.loading}</p>}
      {state.kind === 'unavailable' && <p class="lead">{t.signInUnavailable}</p>}
      {state.kind === 'signed-out' && (
        <>
          <p class="lead">{t.signInLead}</p>
          <a class="primary" id="sign-in" href={api.signIn(returnTo, language)}>
            {t.signIn}
          </a>
        </>
      )}
      {state.kind === 'signed-in' && (
        <>
          <p class="lead">{state.user.email === undefined ? t.signedIn : t.signedInAs(state.user.email)}</p>
          <a class="primary" href={returnTo}>
            {t.goOn}
          </a>
          <button type="button" class="quiet" id="sign-out" onClick={() => void signOut()}>
            {t.signOut}
          </button>
        </>
      )}
    </section>
  );
}

function problemText(t: Voice['t']): string | undefined {
  const problem = query.get('problem');
  return Object.entries(t.signInProblems).find(([name]) => name === problem)?.[1];
}

async function load(): Promise<void> {
  const answer = await requestSignedIn(browserPorts, api.me, me, { cache: 'no-store' });
  if (answer.kind === 'ok') state = { kind: 'signed-in', user: answer.value.user };
  else if (answer.kind === 'refused' && answer.code === 'NOT_SIGNED_IN') state = { kind: 'signed-out' };
  else state = { kind: 'unavailable' };
  page.update();
}

/** Ends the session of the site, then that of the identity provider, at the address that the server returns. */
async function signOut(): Promise<void> {
  const answer = await request(api.signOut, signedOut, { method: 'POST' });
  if (answer.kind === 'ok') location.assign(answer.value.redirectTo);
  else void load();
}

void load();
