import { api } from '../shared/addresses.ts';

/** The search of the list. It is in the page's address, so that it can be shared and survives the back button. */
export interface Search {
  readonly text: string;
  readonly status: string;
}

export const listedStates = ['open', 'upcoming', 'paused', 'inactive', 'sold-out'] as const;
export const searchLengthMax = 100;

export function readSearch(query: string): Search {
  const given = new URLSearchParams(query);
  const status = given.get('status') ?? '';
  return {
    text: (given.get('search') ?? '').slice(0, searchLengthMax),
    status: listedStates.some((state) => state === status) ? status : '',
  };
}

/** Query of the page's own address; empty for the whole list. */
export function searchQuery({ text, status }: Search): string {
  const query = new URLSearchParams();
  if (text.trim() !== '') query.set('search', text.trim());
  if (status !== '') query.set('status', status);
  return query.size === 0 ? '' : `?${query}`;
}

/**
 * Address of one page of results.
 *
 * @param cursor of the next page, from the answer before
 * @default the first page
 */
export function searchAddress(search: Search, cursor?: string): string {
  const query = new URLSearchParams(searchQuery(search));
  if (cursor !== undefined) query.set('cursor', cursor);
  return query.size === 0 ? api.events : `${api.events}?${query}`;
}
