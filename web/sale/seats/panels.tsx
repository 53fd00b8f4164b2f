import { formatKrw } from '../../shared/format.ts';
import { inLanguage } from '../../shared/language.ts';
import type { Voice } from '../../shared/mount.tsx';
import { gradeLooks } from './look.ts';
import { areTogether, choiceCount, choiceKrw, countFree, type Digits } from './map-choice.ts';
import type { SeatMap } from './map-layout.ts';
import { Stepper } from './parts.tsx';
import { type Sale, type SaleView, seatsMaxOf } from './sale-view.ts';
import { type SaleWords, saleWords, seatName } from './words.ts';

export interface GradeRow {
  readonly grade: string;
  readonly free: number;
  /** Lowest and highest price; sections of one grade may differ. */
  readonly prices: readonly [number, number];
}

/** Price range and free seats of each grade. */
export function gradeRows(map: SeatMap, digits: Digits): GradeRow[] {
  const rows = new Map<string, GradeRow>();
  for (const { section } of map.sections) {
    const free = countFree(digits[section.id] ?? '');
    const { free: before = 0, prices = [section.priceKrw, section.priceKrw] } = rows.get(section.grade) ?? {};
    const [low, high] = prices;
    rows.set(section.grade, {
      grade: section.grade,
      free: before + free,
      prices: [Math.min(low, section.priceKrw), Math.max(high, section.priceKrw)],
    });
  }
  return [...rows.values()];
}

interface PanelProps {
  readonly view: SaleView;
  readonly map: SeatMap;
  readonly sale: Sale;
  readonly voice: Voice;
}

/** Reserves seats side by side; the server finds and holds them in one call. */
export function Best(
  props: PanelProps & { rows: readonly GradeRow[]; best: BestWish; onBest(best: BestWish): void },
) {
  const { view, sale, voice, rows, best } = props;
  const words = saleWords[voice.language];
  const isBusy = view.phase === 'reserving';
  const count = Math.min(best.count, seatsMaxOf(view));
  return (
    <section class="card best" aria-labelledby="best-title">
      <h2 id="best-title">{words.bestTitle}</h2>
      <p class="lead small">{words.bestHint}</p>
      <div class="best-row">
        <Stepper
          id="best-count"
          label={words.people}
          value={count}
          least={1}
          most={seatsMaxOf(view)}
          words={words}
          onChange={(value) => props.onBest({ ...best, count: value })}
        />
        {rows.length > 1 && (
          <select
            name="grade"
            aria-label={words.grade}
            value={best.grade ?? ''}
            onChange={({ currentTarget }) =>
              props.onBest({ ...best, grade: currentTarget.value || undefined })
            }
          >
            <option value="">{words.anyGrade}</option>
            {rows.map(({ grade, free }) => (
              <option key={grade} value={grade}>
                {`${grade} · ${words.freeCount(free)}`}
              </option>
            ))}
          </select>
        )}
        <button
          type="button"
          class="primary"
          id="best"
          aria-disabled={isBusy}
          onClick={() => void sale.reserveBest(count, best.grade)}
        >
          {words.bestButton(count)}
        </button>
      </div>
    </section>
  );
}
export interface BestWish {
  readonly count: number;
  readonly grade: string | undefined;
}

/** The colours and marks of grades with their prices, and the shapes of the states. */
export function Legend({ rows, voice }: { rows: readonly GradeRow[]; voice: Voice }) {
  const { language } = voice;
  const words = saleWords[language];
  return (
    <section class="legend" aria-label={words.grades}>
      <ul class="grade-list">
        {rows.map(({ grade, free, prices: [low, high] }, place) => (
          <li key={grade}>
            <svg class={`swatch grade-${place % gradeLooks}`} viewBox="0 0 20 20" aria-hidden="true">
              <path d="M3 7a4 4 0 0 1 4-4h6a4 4 0 0 1 4 4v8a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z" />
              <path class="mark" d={marks[place % gradeLooks]} />
            </svg>
            <span class="grade-name">{grade}</span>
            <span class="grade-price">
              {low === high
                ? formatKrw(low, language)
                : `${formatKrw(low, language)} – ${formatKrw(high, language)}`}
            </span>
            <span class="grade-free">{words.freeCount(free)}</span>
          </li>
        ))}
      </ul>
      <ul class="state-list" aria-label={words.states}>
        <li>
          <svg class="swatch free" viewBox="0 0 20 20" aria-hidden="true">
            <path d="M3 7a4 4 0 0 1 4-4h6a4 4 0 0 1 4 4v8a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z" />
          </svg>
          {words.stateFree}
        </li>
        {(['locked', 'sold', 'own'] as const).map((state) => (
          <li key={state}>
            <svg class={`swatch ${state}`} viewBox="0 0 20 20" aria-hidden="true">
              <circle cx="10" cy="6.4" r="3.4" />
              <path d="M4 17.5a6 6 0 0 1 12 0z" />
            </svg>
            {{ locked: words.stateLocked, sold: words.stateSold, own: words.stateOwn }[state]}
          </li>
        ))}
      </ul>
    </section>
  );
}
/** The same marks as on the map (sprites.ts). */
const marks = [
  '',
  'M10 13.6v.8',
  'M7 14h6',
  'M8 13.6v.8M12 13.6v.8',
  'M6.6 13.6v.8M10 13.6v.8M13.4 13.6v.8',
  'M5.6 14h3M11.4 14h3',
];

/** Standing areas, in which people are counted. */
export function Areas({ view, map, sale, voice }: PanelProps) {
  const { language } = voice;
  const words = saleWords[language];
  const areas = map.layout.sections.filter(({ kind }) => kind === 'standing');
  if (areas.length === 0) return null;
  return (
    <section class="card areas" aria-labelledby="areas-title">
      <h2 id="areas-title">{words.standingArea}</h2>
      <p class="lead small">{words.standingHint}</p>
      <ul>
        {areas.map((area) => {
          const free = countFree(view.digits[area.id] ?? '');
          const name = inLanguage(area.name, language) ?? area.id;
          const people = view.choice.standing[area.id] ?? 0;
          const room = seatsMaxOf(view) - choiceCount(view.choice) + people;
          return (
            <li key={area.id}>
              <span>
                <strong>{name}</strong>
                <span class="lead small">
                  {`${formatKrw(area.priceKrw, language)} · ${words.freeCount(free)}`}
                </span>
              </span>
              <Stepper
                id={`area-${area.id}`}
                label={name}
                value={people}
                least={0}
                most={Math.min(free, room)}
                words={words}
                onChange={(value) => sale.setStanding(area.id, value)}
              />
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** The choice, as a ticket that stays in view on a phone. */
export function Tray({ view, map, sale, voice }: PanelProps) {
  const { language } = voice;
  const words = saleWords[language];
  const { choice } = view;
  const count = choiceCount(choice);
  const isBusy = view.phase === 'reserving';
  return (
    <section class={`ticket tray${count === 0 ? ' empty-tray' : ''}`} aria-labelledby="tray-title">
      <div class="tray-head">
        <h2 id="tray-title">{words.chosenTitle}</h2>
        <span id="chosen-count">{words.chosenCount(count, seatsMaxOf(view))}</span>
      </div>
      {count === 0 && (
        <p class="lead small">
          {view.seatsLeft === 0 ? words.accountLeft(0) : words.chosenNone(seatsMaxOf(view))}
        </p>
      )}
      {count > 0 && (
        <>
          <ul class="picks">
            {choice.seatIds.map((seatId) => (
              <Pick
                key={seatId}
                name={seatName(seatId, language, map)}
                words={words}
                onRemove={() => sale.toggle(seatId)}
              />
            ))}
            {Object.entries(choice.standing).map(([id, people]) => (
              <Pick
                key={id}
                name={`${areaName(map, id, voice)} × ${people}`}
                words={words}
                onRemove={() => sale.setStanding(id, 0)}
              />
            ))}
          </ul>
          {!areTogether(map, choice.seatIds) && <p class="lead small">{words.apart}</p>}
          <div class="tray-foot">
            <p class="sum">
              <span class="unseen">{`${words.total} `}</span>
              {formatKrw(choiceKrw(map, choice), language)}
            </p>
            <button
              type="button"
              class="primary"
              id="reserve"
              aria-disabled={isBusy}
              onClick={() => void sale.reserve()}
            >
              {isBusy ? words.reserving : words.reserve}
            </button>
          </div>
        </>
      )}
    </section>
  );
}

function Pick(props: { name: string; words: SaleWords; onRemove: () => void }) {
  return (
    <li>
      <button type="button" class="pick" aria-label={props.words.remove(props.name)} onClick={props.onRemove}>
        {props.name}
        <span aria-hidden="true">×</span>
      </button>
    </li>
  );
}

const areaName = (map: SeatMap, id: string, { language }: Voice) =>
  inLanguage(map.layout.sections.find((own) => own.id === id)?.name, language) ?? id;
