import { inLanguage, type Language } from '../../shared/language.ts';
import type { SeatMap } from './map-layout.ts';
import { en } from './words-en.ts';
import { ko, type SaleWords } from './words-ko.ts';

export type { SaleWords };
/** The sale's texts, apart from those of the waiting page, which must stay small. */
export const saleWords: Readonly<Record<Language, SaleWords>> = { ko, en };

/** Name of a seat for people; without a map the section is named by its id. */
export function seatName(seatId: string, language: Language, map: SeatMap | null): string {
  const words = saleWords[language];
  const [id = '', middle = '', last] = seatId.split('-');
  const section = map?.layout.sections.find((own) => own.id === id);
  const name = section === undefined ? id : (inLanguage(section.name, language) ?? id);
  const place = last === undefined ? [words.place(middle)] : [words.row(middle), words.seat(last)];
  return [name, ...place].join(language === 'ko' ? ' ' : ', ');
}
