import type { PageSource } from './pages.ts';

/**
 * The HTML of a page. No inline script and no inline style, so that the content security policy can forbid both;
 * the live region is in the document from the start, because screen readers pass over one that is added later.
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
