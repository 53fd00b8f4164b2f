import { createHash } from 'node:crypto';

/** The local issuer's pages: forms in Korean or English that work without script, by keyboard and by screen reader. */
export type Language = 'ko' | 'en';
export type FormKind = 'sign-in' | 'sign-up';
export type FormProblem = 'wrong' | 'email-invalid' | 'password-weak' | 'email-taken' | 'full';

const words = {
  ko: {
    'sign-in': '로그인',
    'sign-up': '회원 가입',
    email: '이메일',
    password: '비밀번호',
    toSignUp: '처음이신가요? 회원 가입',
    toSignIn: '계정이 있나요? 로그인',
    cancel: '취소',
    local: '이 컴퓨터에서만 쓰는 로그인 서버입니다. 계정은 메모리에만 있고, 이메일은 보내지 않습니다.',
    signingOut: '로그아웃하는 중입니다',
    goOn: '계속',
    failed: '요청을 처리할 수 없습니다',
    problem: {
      wrong: '이메일 또는 비밀번호가 맞지 않습니다.',
      'email-invalid': '이메일 주소를 확인해 주세요.',
      'password-weak': '비밀번호가 규칙에 맞지 않습니다.',
      'email-taken': '이미 가입된 이메일입니다.',
      full: '계정을 더 만들 수 없습니다.',
    },
    rule: (lengthMin: number) => `${lengthMin}자 이상, 대문자·소문자·숫자·기호를 섞어 주세요.`,
  },
  en: {
    'sign-in': 'Sign in',
    'sign-up': 'Sign up',
    email: 'E-mail',
    password: 'Password',
    toSignUp: 'New here? Sign up',
    toSignIn: 'Have an account? Sign in',
    cancel: 'Cancel',
    local: 'A sign-in server for this computer only. Accounts live in memory; no e-mail is sent.',
    signingOut: 'Signing out',
    goOn: 'Continue',
    failed: 'The request cannot be processed',
    problem: {
      wrong: 'E-mail or password is wrong.',
      'email-invalid': 'Please check the e-mail address.',
      'password-weak': 'The password does not meet the rule.',
      'email-taken': 'This e-mail has an account already.',
      full: 'No more accounts can be made.',
    },
    rule: (lengthMin: number) =>
      `At least ${lengthMin} characters, with upper and lower case, a digit and a symbol.`,
  },
} as const;

const style = `:root{color-scheme:light dark;font:100%/1.5 system-ui,sans-serif;background:Canvas;color:CanvasText}a{color:LinkText}body{margin:0 auto;max-width:24rem;padding:2rem 1rem}
label{display:block;margin-top:1rem}input,button{box-sizing:border-box;width:100%;font:inherit;padding:.6rem;border:1px solid;border-radius:.4rem}
button{margin-top:1rem}:focus-visible{outline:3px solid Highlight;outline-offset:2px}[role=alert]{border-left:4px solid;padding-left:.75rem}small{display:block;margin-top:1.5rem}`;
const submitLogout = `document.forms[0].requestSubmit(document.querySelector('button'))`;
const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Chromium applies form-action also to redirects after a form, so the policy names the clients' sites. */
export const pageSecurityPolicy = (clientOrigins: readonly string[]) =>
  `default-src 'none'; style-src ${hash(style)}; script-src ${hash(submitLogout)}; base-uri 'none'; ` +
  `frame-ancestors 'none'; form-action 'self' ${clientOrigins.join(' ')}`.trim();

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => escapes[character] ?? '');

const page = (language: Language, title: string, body: string) => `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)} · URR</title><style>${style}</style></head><body><main><h1>${escapeHtml(title)}</h1>${body}</main></body></html>`;

interface FormView {
  readonly kind: FormKind;
  readonly language: Language;
  /** `/interaction/<uid>`. */
  readonly path: string;
  readonly email: string;
  readonly passwordLengthMin: number;
  readonly problem: FormProblem | undefined;
}

export function formPage(view: FormView): string {
  const text = words[view.language];
  const isSignUp = view.kind === 'sign-up';
  const other = isSignUp ? 'sign-in' : 'sign-up';
  const alert =
    view.problem === undefined ? '' : `<p role="alert" id="problem">${text.problem[view.problem]}</p>`;
  const describedBy = view.problem === undefined ? '' : ' aria-invalid="true" aria-describedby="problem"';
  const rule = isSignUp ? `<p id="rule">${text.rule(view.passwordLengthMin)}</p>` : '';
  return page(
    view.language,
    text[view.kind],
    `${alert}<form method="post" action="${view.path}/${view.kind}">
<label for="email">${text.email}</label><input id="email" name="email" type="email" autocomplete="username" maxlength="254" required autofocus value="${escapeHtml(view.email)}"${describedBy}>
<label for="password">${text.password}</label><input id="password" name="password" type="password" autocomplete="${isSignUp ? 'new' : 'current'}-password" maxlength="256" required${isSignUp ? ' aria-describedby="rule"' : ''}>${rule}
<button>${text[view.kind]}</button></form>
<form method="post" action="${view.path}/cancel"><button>${text.cancel}</button></form>
<p><a href="${view.path}?form=${other}">${isSignUp ? text.toSignIn : text.toSignUp}</a></p><small>${text.local}</small>`,
  );
}

/**
 * The confirmation of sign-out. `form` is oidc-provider's form, with its id. A script submits it; the button is for
 * browsers without script.
 */
export const signOutPage = (language: Language, form: string) =>
  page(
    language,
    words[language].signingOut,
    `${form}<button form="op.logoutForm" name="logout" value="yes">${words[language].goOn}</button><script>${submitLogout}</script>`,
  );

export const errorPage = (language: Language, code: string) =>
  page(language, words[language].failed, `<p role="alert">${escapeHtml(code)}</p>`);

/** Returns Korean unless English comes first in `ui_locales` or Accept-Language. */
export function languageOf(preferences: string | undefined): Language {
  const first = (preferences ?? '').toLowerCase().match(/\b(ko|en)\b/);
  return first?.[1] === 'en' ? 'en' : 'ko';
}
