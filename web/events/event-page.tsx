import { wayIn } from '../shared/addresses.ts';
import type { CatalogueEvent } from '../shared/answers.ts';
import { EndCard } from '../shared/end-card.tsx';
import { formatDateTime, formatKrw } from '../shared/format.ts';
import { inLanguage } from '../shared/language.ts';
import type { Voice } from '../shared/mount.tsx';
import { NoEvent } from '../shared/no-event.tsx';
import { setOpenHint } from '../shared/page-ports.ts';
import { RefundTerms } from '../shared/refund-terms.tsx';
import { StateChip } from './chip.tsx';

export type EventPageState =
  | { readonly kind: 'loading' | 'unknown' | 'failed' }
  | { readonly kind: 'known'; readonly event: CatalogueEvent };

export function EventPage(props: { state: EventPageState; voice: Voice; onRetry: () => void }) {
  const { state, voice } = props;
  const { t } = voice;
  switch (state.kind) {
    case 'loading':
      return <p class="loading">{t.loading}</p>;
    case 'unknown':
      return <NoEvent t={t} />;
    case 'failed':
      return (
        <EndCard lead={t.unavailable}>
          <button type="button" class="primary" onClick={props.onRetry}>
            {t.retry}
          </button>
        </EndCard>
      );
    case 'known':
      return <Known event={state.event} voice={voice} />;
  }
}

function Known({ event, voice }: { event: CatalogueEvent; voice: Voice }) {
  const { t, language } = voice;
  return (
    <article class="event">
      <header>
        <StateChip state={event.state} t={t} />
        <h1>{inLanguage(event.title, language)}</h1>
      </header>
      <Facts event={event} voice={voice} />
      <Way event={event} t={t} />
    </article>
  );
}

function Facts({ event, voice }: { event: CatalogueEvent; voice: Voice }) {
  const { t, language } = voice;
  const venue = inLanguage(event.venue, language);
  return (
    <dl class="card facts">
      {event.startsAt !== undefined && (
        <div>
          <dt>{t.starts}</dt>
          <dd>{formatDateTime(event.startsAt, language)}</dd>
        </div>
      )}
      {venue !== undefined && (
        <div>
          <dt>{t.venue}</dt>
          <dd>{venue}</dd>
        </div>
      )}
      {event.opensAt !== undefined && (
        <div>
          <dt>{t.opens}</dt>
          <dd>{formatDateTime(event.opensAt, language)}</dd>
        </div>
      )}
      {event.prices.length > 0 && (
        <div>
          <dt>{t.prices}</dt>
          <dd>
            {event.prices.map(({ grade, amountKrw }) => (
              <span class="price" key={grade}>
                <span>{grade}</span>
                <span>{formatKrw(amountKrw, language)}</span>
              </span>
            ))}
          </dd>
        </div>
      )}
      <div>
        <dt>{t.perOrder}</dt>
        <dd>{t.seats(event.seatsPerOrder)}</dd>
      </div>
      {event.seatsPerAccount !== undefined && (
        <div>
          <dt>{t.perAccount}</dt>
          <dd>{t.seats(event.seatsPerAccount)}</dd>
        </div>
      )}
      {event.salesEndAt !== undefined && (
        <div>
          <dt>{t.salesEnd}</dt>
          <dd id="sales-end">{formatDateTime(event.salesEndAt, language)}</dd>
        </div>
      )}
      {event.refund !== undefined && (
        <div>
          <dt>{t.refundTitle}</dt>
          <dd id="refund-terms">
            <RefundTerms offer={event.refund} voice={voice} />
          </dd>
        </div>
      )}
    </dl>
  );
}

/** The button to the sale. Without a waiting room it sets the hint, so that the gate need not send the visitor round. */
function Way({ event, t }: { event: CatalogueEvent; t: Voice['t'] }) {
  if (event.state === 'closed') return <p class="hint strong">{t.closedHint}</p>;
  const isWaitingRoom = event.isGated && event.mode !== 'queue';
  const label = isWaitingRoom ? t.enterLine : event.mode === 'waiting-room' ? t.enterSeats : t.enterQueue;
  return (
    <div class="way">
      {event.state === 'sold-out' && <p class="hint strong">{t.soldOutHint}</p>}
      <a
        class="primary"
        id="way-in"
        href={wayIn(event)}
        onClick={() => {
          if (!isWaitingRoom) setOpenHint(event.eventId);
        }}
      >
        {label}
      </a>
      <p class="hint">
        {isWaitingRoom ? t.enterLineHint : ''} {event.requiresSignIn ? t.signInNeeded : ''}
      </p>
    </div>
  );
}
