/**
 * Toss Payments' window for where the provider has no address of its own to go to (a real shop; the sandbox has one).
 * The provider demands that its script comes from its own host, unchanged:
 * https://docs.tosspayments.com/sdk/v2/js. The site's content security policy must name that host.
 */
const scriptUrl = 'https://js.tosspayments.com/v2/standard';
const loadTimeoutMs = 15_000;

export interface WindowOrder {
  readonly clientKey: string;
  readonly orderId: string;
  readonly orderName: string;
  readonly amountKrw: number;
  readonly successUrl: string;
  readonly failUrl: string;
}

/** As much of the provider's script as is used. */
interface Toss {
  (
    clientKey: string,
  ): {
    payment(customer: { customerKey: unknown }): {
      requestPayment(request: object): Promise<unknown>;
    };
  };
  readonly ANONYMOUS: unknown;
}

/** True: the browser is on its way. False: the script did not come, or the buyer closed the window. */
export async function openWindow(order: WindowOrder): Promise<boolean> {
  try {
    await load();
    const toss = provider();
    if (toss === null) return false;
    await toss(order.clientKey)
      .payment({ customerKey: toss.ANONYMOUS })
      .requestPayment({
        method: 'CARD',
        amount: { currency: 'KRW', value: order.amountKrw },
        orderId: order.orderId,
        orderName: order.orderName,
        successUrl: order.successUrl,
        failUrl: order.failUrl,
      });
    return true;
  } catch {
    // Closing the window rejects; the hold is still there, and so is the button.
    return false;
  }
}

function provider(): Toss | null {
  const found: unknown = Reflect.get(window, 'TossPayments');
  return isToss(found) ? found : null;
}
const isToss = (value: unknown): value is Toss => typeof value === 'function' && 'ANONYMOUS' in value;

function load(): Promise<void> {
  if (provider() !== null) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    const timer = setTimeout(() => reject(new Error('the provider did not answer')), loadTimeoutMs);
    script.src = scriptUrl;
    script.onload = () => {
      clearTimeout(timer);
      resolve();
    };
    script.onerror = () => {
      clearTimeout(timer);
      script.remove();
      reject(new Error('the provider is out of reach'));
    };
    document.head.append(script);
  });
}
