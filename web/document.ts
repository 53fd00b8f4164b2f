import type { PageSource } from './pages.ts';

/**
 * The HTML of a page. It has no inline script or style, so that the content security policy can forbid both. The live
 * region is in it from the start, because screen readers ignore one that is added later. It is polite, so that an
 * announcement does not cut a sentence off. `lang` is Korean until the script has read the visitor's choice.
 */
export function pageDocument(
  page: PageSource,
  assets: { readonly script: string; readonly style: string },
): string {
  return `<!doctype html>
<html lang="ko">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title}</title>
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#f5f1ea" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#14131f" media="(prefers-color-scheme: dark)">
${page.isListed ? '' : '<meta name="robots" content="noindex">\n'}<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${assets.style}">
<script type="module" src="${assets.script}"></script>
</head>
<body>
<div id="page"><main><p class="loading">불러오는 중… <span lang="en">Loading…</span></p></main></div>
<div id="live" class="unseen" role="status" aria-live="polite"></div>
<noscript><main><p>이 화면에는 자바스크립트가 필요해요. <span lang="en">This page needs JavaScript.</span></p></main></noscript>
</body>
</html>
`;
}
