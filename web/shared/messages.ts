import type { Language } from './language.ts';
import { en } from './messages-en.ts';
import { ko, type Messages } from './messages-ko.ts';

export type { Messages };
export const messages: Record<Language, Messages> = { ko, en };
