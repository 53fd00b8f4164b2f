import { inLanguage, type Language } from '../../shared/language.ts';
import type { SeatMap } from './map-layout.ts';
import { en } from './words-en.ts';
import { ko, type SaleWords } from './words-ko.ts';

export type { SaleWords };
/** The sale's own words, apart from those of the waiting page, which must stay light. */
export const saleWords: Readonly<Record<Language, SaleWords>> = { ko, en };

/** A seat as people say it. Without a map the section goes by its id. */
export function seatName(seatId: string, language: Language, map: SeatMap | null): string {
  const words = saleWords[language];
  const [id = '', middle = '', last] = seatId.split('-');
  const section = map?.layout.sections.find((own) => own.id === id);
  const name = section === undefined ? id : (inLanguage(section.name, language) ?? id);
  const place = last === undefined ? [words.place(middle)] : [words.row(middle), words.seat(last)];
  return [name, ...place].join(language === 'ko' ? ' ' : ', ');
}
