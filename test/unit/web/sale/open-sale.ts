import { expect } from 'vitest';
import { createSale } from '../../../../web/sale/seats/sale.ts';
import type { SaleView } from '../../../../web/sale/seats/sale-view.ts';
import { createSaleWorld, eventId } from './fake-sale-ports.ts';

/** Returns the sale of a newly opened seat page. A given memory is that of the tab. */
export function openSale(memory?: Map<string, string>) {
  const { ports, test } = createSaleWorld(memory);
  const views: SaleView[] = [];
  const sale = createSale(eventId, ports, (view) => views.push(view));

  /** Starts the sale and waits for the map. */
  async function choosing(): Promise<void> {
    sale.start();
    await test.run(500);
    expect(sale.view().phase).toBe('choosing');
  }

  /** Starts the sale and reserves two seats. */
  async function held(): Promise<void> {
    await choosing();
    sale.toggle('A-1-2');
    sale.toggle('A-1-3');
    void sale.reserve();
    await test.run(500);
    expect(sale.view().phase).toBe('held');
  }

  return { sale, test, views, choosing, held };
}
