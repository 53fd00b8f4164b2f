import { formatKrw } from '../../shared/format.ts';
import type { Voice } from '../../shared/mount.tsx';
import { RefundTerms } from '../../shared/refund-terms.tsx';
import { clockText, SeatedRow } from './parts.tsx';
import { canExtend, remainingMs, type Sale, type SaleView } from './sale-view.ts';
import { saleWords, seatName } from './words.ts';

export interface HeldProps {
  readonly view: SaleView;
  readonly sale: Pick<Sale, 'extend' | 'release' | 'pay'>;
  readonly nowMs: number;
  readonly voice: Voice;
  readonly isConfirmingRelease: boolean;
  onConfirmRelease(isConfirming: boolean): void;
}

/** The ticket of a hold, with the time left. */
export function Held(props: HeldProps) {
  const { view, sale, nowMs, voice } = props;
  const { language } = voice;
  const words = saleWords[language];
  const { hold } = view;
  if (hold === null) return null;
  const leftMs = remainingMs(hold, view.clockOffsetMs, nowMs);
  const wholeMs = hold.expiresAtMs - hold.createdAtMs;
  const amount = formatKrw(hold.amountKrw, language);
  const isBusy = view.task !== null;
  return (
    <>
      <section class="ticket" aria-labelledby="held">
        <div class="ticket-main">
          <h2 id="held" class={`state ${view.isEnding ? 'upcoming' : 'open'}`}>
            {words.heldTitle}
          </h2>
          <SeatedRow own={hold.seatIds.length} isLit={true} />
          <p class="label">{words.timeLeft}</p>
          <p class={`hero clock${view.isEnding ? ' ending' : ''}`} role="timer" id="time-left">
            {clockText(leftMs)}
          </p>
          <progress
            max={100}
            value={Math.round((100 * leftMs) / Math.max(1, wholeMs))}
            aria-label={words.timeLeft}
          />
        </div>
        <dl class="stub bill">
          <div>
            <dt>{words.seatsLabel}</dt>
            <dd id="held-seats">
              <ul>
                {hold.seatIds.map((seatId) => (
                  <li key={seatId}>{seatName(seatId, language, view.map)}</li>
                ))}
              </ul>
            </dd>
          </div>
          <div>
            <dt>{words.total}</dt>
            <dd class="sum">{amount}</dd>
          </div>
          {view.event?.refund !== undefined && (
            <div class="whole">
              <dt>{voice.t.refundTitle}</dt>
              <dd id="refund-terms">
                <RefundTerms offer={view.event.refund} voice={voice} />
              </dd>
            </div>
          )}
        </dl>
        <div class="ticket-foot">
          <button
            type="button"
            class="primary wide"
            id="pay"
            aria-disabled={isBusy}
            onClick={() => void sale.pay()}
          >
            {view.task === 'pay'
              ? words.toProvider
              : hold.amountKrw === 0
                ? words.confirmFree
                : words.pay(amount)}
          </button>
          <div class="choices">
            {canExtend(hold, leftMs) && (
              <button
                type="button"
                class="quiet"
                id="extend"
                aria-disabled={isBusy}
                onClick={() => void sale.extend()}
              >
                {words.extend}
              </button>
            )}
            {!props.isConfirmingRelease && (
              <button
                type="button"
                class="quiet"
                id="release"
                aria-disabled={isBusy}
                onClick={() => props.onConfirmRelease(true)}
              >
                {words.release}
              </button>
            )}
          </div>
        </div>
      </section>
      {props.isConfirmingRelease && (
        <section class="leaving" aria-label={words.release}>
          <p>{words.releaseSure}</p>
          <div class="choices">
            <button type="button" class="quiet" id="keep" onClick={() => props.onConfirmRelease(false)}>
              {words.releaseNo}
            </button>
            <button type="button" class="quiet" id="release-sure" onClick={() => void sale.release()}>
              {words.releaseYes}
            </button>
          </div>
        </section>
      )}
      <p class={`hint${view.isReconnecting ? ' lost' : ''}`}>
        {view.isReconnecting ? words.reconnecting : words.heldHint}
      </p>
    </>
  );
}
