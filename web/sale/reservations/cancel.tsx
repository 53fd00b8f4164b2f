import { formatKrw } from '../../shared/format.ts';
import { untilText } from '../../shared/refund-terms.tsx';
import type { RefundNow, Reservation } from '../seats/answers.ts';
import { saleWords, seatName } from '../seats/words.ts';
import { type MineProblem, type MineProps, refundOf } from './mine.ts';

type CancelProps = MineProps & { readonly own: Reservation };

/** A cancellation is final, so it needs a confirmation, which shows the fee first. */
export function Cancel(props: CancelProps) {
  const { view, mine, own, voice } = props;
  const words = saleWords[voice.language];
  const id = own.reservationId;
  if (view.busyId === id) return <p class="lead small">{words.cancelling}</p>;
  const problem = view.problem?.id === id ? view.problem.kind : null;
  if (view.confirmingId === id)
    return (
      <section class="leaving cancelling" aria-label={words.cancel}>
        {problem !== null && <p class="problem">{problemText(problem, props)}</p>}
        <Question {...props} />
      </section>
    );
  return (
    <div>
      {problem !== null && <p class="problem">{problemText(problem, props)}</p>}
      <button type="button" class="quiet" id={`cancel-${id}`} onClick={() => void mine.confirmCancel(id)}>
        {words.cancel}
      </button>
    </div>
  );
}

function problemText(problem: MineProblem, { voice }: CancelProps): string {
  const words = saleWords[voice.language];
  return {
    lost: words.cancelLost,
    'not-settled': words.cancelUnsettled,
    'not-refundable': words.cancelTooLate,
    changed: words.cancelChanged,
  }[problem];
}

function Question(props: CancelProps) {
  const { view, own, voice } = props;
  const words = saleWords[voice.language];
  if (own.state !== 'confirmed') return <Choices {...props} sure={words.cancelSure} yes={words.cancelYes} />;
  if (view.refund === null) return <p class="lead small">{words.cancelAsking}</p>;
  if (!view.refund.isRefundable) return <TooLate {...props} />;
  return <Refund {...props} refund={view.refund} />;
}

function Refund(props: CancelProps & { readonly refund: RefundNow }) {
  const { view, mine, own, voice, refund } = props;
  const { language } = voice;
  const words = saleWords[language];
  const { paidKrw, refundKrw } = refundOf(refund, view.chosen);
  const amount = (krw: number) => formatKrw(krw, language);
  return (
    <>
      {refund.seats.length > 1 && (
        <fieldset class="seats-back">
          <legend>{words.cancelWhich}</legend>
          {refund.seats.map((seat) => (
            <label key={seat.seatId}>
              <input
                type="checkbox"
                checked={view.chosen.includes(seat.seatId)}
                onChange={() => mine.choose(seat.seatId)}
              />
              <span>{seatName(seat.seatId, language, null)}</span>
              <span>{amount(seat.paidKrw)}</span>
            </label>
          ))}
        </fieldset>
      )}
      <dl class="refund">
        <div>
          <dt>{words.paid}</dt>
          <dd>{amount(paidKrw)}</dd>
        </div>
        <div>
          <dt>{words.cancelFee(refund.feePercent)}</dt>
          <dd>{amount(paidKrw - refundKrw)}</dd>
        </div>
        <div>
          <dt>{words.cancelRefund}</dt>
          <dd class="sum">
            <output id={`refund-${own.reservationId}`}>{amount(refundKrw)}</output>
          </dd>
        </div>
      </dl>
      {refund.untilMs !== undefined && (
        <p class="lead small">
          {`${words.cancelUntil(untilText(new Date(refund.untilMs).toISOString(), voice))} ${voice.t.refundKoreanTime}`}
        </p>
      )}
      <Choices
        {...props}
        sure={view.chosen.length === 0 ? words.cancelNoneChosen : words.cancelSurePaid}
        yes={words.cancelSeats(view.chosen.length)}
        isDisabled={view.chosen.length === 0}
      />
    </>
  );
}

function TooLate({ mine, own, voice }: CancelProps) {
  const words = saleWords[voice.language];
  return (
    <>
      <p>{words.cancelTooLate}</p>
      <button
        type="button"
        class="quiet"
        id={`keep-${own.reservationId}`}
        onClick={() => void mine.confirmCancel(null)}
      >
        {words.close}
      </button>
    </>
  );
}

function Choices(
  props: CancelProps & {
    readonly sure: string;
    readonly yes: string;
    /** No seat is chosen. @default false */
    readonly isDisabled?: boolean;
  },
) {
  const { mine, own, voice, sure, yes, isDisabled = false } = props;
  const words = saleWords[voice.language];
  const id = own.reservationId;
  return (
    <>
      <p>{sure}</p>
      <div class="choices">
        <button type="button" class="quiet" id={`keep-${id}`} onClick={() => void mine.confirmCancel(null)}>
          {words.cancelNo}
        </button>
        <button
          type="button"
          class="quiet"
          id={`cancel-sure-${id}`}
          aria-disabled={isDisabled}
          onClick={() => {
            if (!isDisabled) void mine.cancel(id);
          }}
        >
          {yes}
        </button>
      </div>
    </>
  );
}
