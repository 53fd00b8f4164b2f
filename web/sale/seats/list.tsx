import { formatKrw } from '../../shared/format.ts';
import { inLanguage } from '../../shared/language.ts';
import type { Voice } from '../../shared/mount.tsx';
import { countFree, freeDigit } from './map-choice.ts';
import type { PlacedSection, SeatMap } from './map-layout.ts';
import type { Sale, SaleView } from './sale-view.ts';
import { saleWords } from './words.ts';

/** The open section and its open row: one of each, so that the page never has thousands of buttons. */
export interface ListOpen {
  readonly section: string | null;
  readonly row: string | null;
}

export interface SeatListProps {
  readonly view: SaleView;
  readonly map: SeatMap;
  readonly sale: Pick<Sale, 'toggle'>;
  readonly open: ListOpen;
  onOpen(open: ListOpen): void;
  onPicked(seatId: string): void;
  readonly voice: Voice;
}

/** The hall as a list: the canvas has no content for a screen reader, and some buyers prefer a list. */
export function SeatList(props: SeatListProps) {
  const { view, map, open, voice } = props;
  const { language } = voice;
  const words = saleWords[language];
  return (
    <ul class="hall-list">
      {map.sections
        .filter(({ section }) => section.kind === 'seated')
        .map((placed) => {
          const { section } = placed;
          const isOpen = open.section === section.id;
          const free = countFree(view.digits[section.id] ?? '');
          return (
            <li key={section.id} class="card">
              <h2>
                <button
                  type="button"
                  class="fold"
                  aria-expanded={isOpen}
                  onClick={() => props.onOpen({ section: isOpen ? null : section.id, row: null })}
                >
                  <span>{inLanguage(section.name, language) ?? section.id}</span>
                  <span class="lead small">
                    {`${section.grade} · ${formatKrw(section.priceKrw, language)} · ${words.freeOf(free)}`}
                  </span>
                </button>
              </h2>
              {isOpen && <Rows {...props} placed={placed} />}
            </li>
          );
        })}
    </ul>
  );
}

function Rows(props: SeatListProps & { placed: PlacedSection }) {
  const { view, placed, open, voice } = props;
  const words = saleWords[voice.language];
  const { section } = placed;
  if (section.kind !== 'seated') return null;
  const digits = view.digits[section.id] ?? '';
  return (
    <ul class="row-list">
      {section.rows.map(({ label, seats }, row) => {
        const start = placed.rowStarts[row] ?? 0;
        const isOpen = open.row === label;
        return (
          <li key={label}>
            <h3>
              <button
                type="button"
                class="fold"
                aria-expanded={isOpen}
                onClick={() => props.onOpen({ ...open, row: isOpen ? null : label })}
              >
                <span>{words.row(label)}</span>
                <span class="lead small">{words.freeOf(countFree(digits.slice(start, start + seats)))}</span>
              </button>
            </h3>
            {isOpen && (
              <ul class="seat-list">
                {Array.from({ length: seats }, (_, inRow) => (
                  <SeatButton
                    key={inRow}
                    {...props}
                    seatId={`${section.id}-${label}-${inRow + 1}`}
                    number={inRow + 1}
                    digit={digits[start + inRow]}
                    price={section.priceKrw}
                  />
                ))}
              </ul>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function SeatButton(
  props: SeatListProps & { seatId: string; number: number; digit: string | undefined; price: number },
) {
  const { view, seatId, digit, voice } = props;
  const { language } = voice;
  const words = saleWords[language];
  const isPicked = view.choice.seatIds.includes(seatId);
  const isFree = digit === freeDigit;
  const state = isPicked
    ? words.stateOwn
    : isFree
      ? words.stateFree
      : digit === '2'
        ? words.stateSold
        : words.stateLocked;
  const kind = isPicked ? 'own' : isFree ? 'free' : digit === '2' ? 'sold' : 'locked';
  return (
    <li>
      <button
        type="button"
        class={`seat ${kind}`}
        aria-pressed={isPicked}
        aria-disabled={!isFree && !isPicked}
        aria-label={words.seatFocus(
          words.seat(String(props.number)),
          formatKrw(props.price, language),
          state,
        )}
        onClick={() => props.onPicked(seatId)}
      >
        {props.number}
      </button>
    </li>
  );
}
