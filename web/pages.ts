/** The site's pages: each one document, one script and one style sheet. */
export interface PageSource {
  /** Folder of its index.html; empty for the front page. */
  readonly folder: '' | 'events' | 'vwr' | 'queue' | 'seats' | 'reservations' | 'sign-in';
  /** File in web/pages. */
  readonly script: string;
  /** Title of the tab until the script has run; in both languages, because the choice is not known yet. */
  readonly title: string;
  /** Search engines may list the page. Pages of a visit are useless to anyone else. */
  readonly isListed: boolean;
}

export const pageSources: readonly PageSource[] = [
  { folder: '', script: 'home.tsx', title: 'URR', isListed: true },
  { folder: 'events', script: 'event.tsx', title: 'URR', isListed: true },
  { folder: 'vwr', script: 'waiting.tsx', title: '대기실 · Waiting room · URR', isListed: false },
  { folder: 'queue', script: 'queue.tsx', title: '예매 대기열 · Ticket queue · URR', isListed: false },
  { folder: 'seats', script: 'seats.tsx', title: '좌석 선택 · Seats · URR', isListed: false },
  {
    folder: 'reservations',
    script: 'reservations.tsx',
    title: '내 예매 · My reservations · URR',
    isListed: false,
  },
  { folder: 'sign-in', script: 'sign-in.tsx', title: '로그인 · Sign in · URR', isListed: false },
];
