import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { type Bindings, conditionOf, type Item, order, updateOf } from './expressions.ts';

/**
 * DynamoDB in memory, at the level of the document client: conditional writes of one item at one instant, strongly
 * consistent reads of the current items, and all other reads from a copy that lags. An unsupported parameter is
 * refused, so that no adapter depends on one unnoticed.
 */
export interface TableShape {
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly indexes: readonly {
    readonly name: string;
    readonly partitionKey: string;
    readonly sortKey?: string;
  }[];
}

interface MemoryDynamodbOptions {
  readonly tables: Readonly<Record<string, TableShape>>;
  readonly nowMs: () => number;
  /** Returns the time until a write reaches the copies. */
  readonly lagMs: () => number;
  /** Items per page, as if each item were large. */
  readonly pageItems: number;
}

/** The change by one write; `writer` is its sender. */
export interface Change {
  readonly table: string;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

interface Table {
  readonly shape: TableShape;
  readonly items: Map<string, Item>;
  readonly copy: Map<string, Item>;
  /** In order: each arrives at its time at the earliest, and never before its predecessor. */
  readonly onTheWay: { readonly atMs: number; readonly key: string; readonly item: Item | undefined }[];
}

type Attributes = Readonly<Record<string, unknown>>;
interface Expressed {
  readonly TableName: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Attributes;
}
interface Write extends Expressed {
  readonly ConditionExpression?: string;
  readonly ReturnValuesOnConditionCheckFailure?: 'ALL_OLD';
}
interface Get {
  readonly TableName: string;
  readonly Key: Attributes;
  readonly ConsistentRead?: boolean;
}
interface Put extends Write {
  readonly Item: Attributes;
}
interface Delete extends Write {
  readonly Key: Attributes;
}
interface Update extends Write {
  readonly Key: Attributes;
  readonly UpdateExpression?: string;
  readonly ReturnValues?: 'NONE' | 'ALL_NEW' | 'UPDATED_NEW';
}
interface Query extends Expressed {
  readonly IndexName?: string;
  readonly KeyConditionExpression: string;
  readonly FilterExpression?: string;
  readonly ScanIndexForward?: boolean;
  readonly ConsistentRead?: boolean;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: Attributes;
}
interface BatchGet {
  readonly RequestItems: Readonly<
    Record<string, { readonly Keys: readonly Attributes[]; readonly ConsistentRead?: boolean }>
  >;
}
export type Input = Get | Put | Delete | Update | Query | BatchGet;

const expressed = ['TableName', 'ExpressionAttributeNames', 'ExpressionAttributeValues'];
const conditional = [...expressed, 'ConditionExpression', 'ReturnValuesOnConditionCheckFailure'];
const parameters: Readonly<Record<string, ReadonlySet<string>>> = {
  BatchGetCommand: new Set(['RequestItems']),
  GetCommand: new Set(['TableName', 'Key', 'ConsistentRead']),
  PutCommand: new Set([...conditional, 'Item']),
  DeleteCommand: new Set([...conditional, 'Key']),
  UpdateCommand: new Set([...conditional, 'Key', 'UpdateExpression', 'ReturnValues']),
  QueryCommand: new Set([
    ...expressed,
    'IndexName',
    'KeyConditionExpression',
    'FilterExpression',
    'ScanIndexForward',
    'ConsistentRead',
    'Limit',
    'ExclusiveStartKey',
  ]),
};

/** The types are the SDK's. Parts of them that are not modelled are refused by name. */
function requireKnown(name: string, input: object): void {
  const known = parameters[name];
  for (const parameter of Object.keys(input))
    if (known?.has(parameter) !== true)
      throw new Error(`the simulator's DynamoDB does not know ${name} ${parameter}`);
}

export class MemoryDynamodb {
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #options: MemoryDynamodbOptions;

  constructor(options: MemoryDynamodbOptions) {
    this.#options = options;
    this.#tables = new Map(
      Object.entries(options.tables).map(([name, shape]) => [
        name,
        { shape, items: new Map(), copy: new Map(), onTheWay: [] },
      ]),
    );
  }

  /** Returns the current items, for checks from outside. */
  items(table: string): ReadonlyMap<string, Item> {
    return this.#table(table).items;
  }

  /** Runs one command. `onChange` receives the write at the same instant. */
  run(name: string, input: Input, onChange: (change: Change) => void): unknown {
    requireKnown(name, input);
    switch (name) {
      case 'GetCommand':
        return this.#get(input as Get);
      case 'BatchGetCommand':
        return this.#batchGet(input as BatchGet);
      case 'QueryCommand':
        return this.#query(input as Query);
      case 'PutCommand': {
        const item = withoutUndefined((input as Put).Item);
        this.#write(input as Put, item, () => item, onChange);
        return {};
      }
      case 'DeleteCommand':
        this.#write(input as Delete, (input as Delete).Key, () => undefined, onChange);
        return {};
      default:
        return this.#update(input as Update, onChange);
    }
  }

  #table(name: string): Table {
    const table = this.#tables.get(name);
    if (table === undefined) throw new Error(`there is no table ${name}`);
    return table;
  }

  #copyOf(table: Table): ReadonlyMap<string, Item> {
    const nowMs = this.#options.nowMs();
    let arrived = 0;
    for (const { atMs, key, item } of table.onTheWay) {
      if (atMs > nowMs) break;
      if (item === undefined) table.copy.delete(key);
      else table.copy.set(key, item);
      arrived++;
    }
    if (arrived > 0) table.onTheWay.splice(0, arrived);
    return table.copy;
  }

  #get({ TableName, Key, ConsistentRead }: Get): { Item?: Item } {
    const table = this.#table(TableName);
    const items = ConsistentRead === true ? table.items : this.#copyOf(table);
    const item = items.get(keyOf(table.shape, Key));
    return item === undefined ? {} : { Item: item };
  }

  #batchGet({ RequestItems }: BatchGet) {
    const Responses: Record<string, Item[]> = {};
    for (const [TableName, { Keys, ...read }] of Object.entries(RequestItems)) {
      requireKnown('GetCommand', read);
      Responses[TableName] = Keys.map((Key) => this.#get({ TableName, Key, ...read }).Item).filter(
        (item) => item !== undefined,
      );
    }
    return { Responses };
  }

  #write(
    write: Write,
    keyed: Item,
    change: (before: Item | undefined, bindings: Bindings) => Item | undefined,
    onChange: (change: Change) => void,
  ): Item | undefined {
    const table = this.#table(write.TableName);
    const key = keyOf(table.shape, keyed);
    const before = table.items.get(key);
    const bindings = bindingsOf(write);
    const { ConditionExpression: condition } = write;
    if (condition !== undefined && !conditionOf(condition)(before, bindings)) {
      const isItemWanted = write.ReturnValuesOnConditionCheckFailure !== undefined && before !== undefined;
      throw new ConditionalCheckFailedException({
        message: 'The conditional request failed',
        $metadata: {},
        ...(isItemWanted ? { Item: marshall(before, { removeUndefinedValues: true }) } : {}),
      });
    }
    const after = change(before, bindings);
    if (after === undefined) table.items.delete(key);
    else table.items.set(key, after);
    table.onTheWay.push({ atMs: this.#options.nowMs() + this.#options.lagMs(), key, item: after });
    onChange({ table: write.TableName, before, after });
    return after;
  }

  #update(input: Update, onChange: (change: Change) => void) {
    let named: readonly string[] = [];
    const after = this.#write(
      input,
      input.Key,
      (item, bindings) => {
        const before = item ?? input.Key;
        if (input.UpdateExpression === undefined) return before;
        const updated = updateOf(input.UpdateExpression)(before, bindings);
        named = updated.named;
        return updated.after;
      },
      onChange,
    );
    if (input.ReturnValues === 'ALL_NEW') return { Attributes: after };
    if (input.ReturnValues !== 'UPDATED_NEW' || after === undefined) return {};
    return { Attributes: Object.fromEntries(named.map((name) => [name, after[name]])) };
  }

  #query(input: Query) {
    const table = this.#table(input.TableName);
    const index = table.shape.indexes.find(({ name }) => name === input.IndexName);
    if (input.IndexName !== undefined && (index === undefined || input.ConsistentRead === true))
      throw new Error(`no such query of ${input.TableName}: ${input.IndexName}`);
    const source = input.ConsistentRead === true ? table.items : this.#copyOf(table);
    const bindings = bindingsOf(input);
    const isWanted = conditionOf(input.KeyConditionExpression);
    const { partitionKey, sortKey } = index ?? table.shape;
    const sign = input.ScanIndexForward === false ? -1 : 1;
    const found: { readonly key: string; readonly item: Item }[] = [];
    for (const [key, item] of source) {
      if (item[partitionKey] === undefined || (sortKey !== undefined && item[sortKey] === undefined))
        continue;
      if (isWanted(item, bindings)) found.push({ key, item });
    }
    const compare = (a: { key: string; item: Item }, b: { key: string; item: Item }) => {
      const bySort = sortKey === undefined ? 0 : order(a.item[sortKey], b.item[sortKey]);
      return sign * (bySort || order(a.key, b.key));
    };
    found.sort(compare);
    const start = input.ExclusiveStartKey;
    const from = start === undefined ? undefined : { key: keyOf(table.shape, start), item: start };
    const rest = from === undefined ? found : found.filter((each) => compare(from, each) < 0);
    const page = rest.slice(0, Math.min(input.Limit ?? this.#options.pageItems, this.#options.pageItems));
    const last = page.at(-1);
    const isFiltered = input.FilterExpression === undefined ? undefined : conditionOf(input.FilterExpression);
    const Items = page.map(({ item }) => item).filter((item) => isFiltered?.(item, bindings) ?? true);
    if (last === undefined || page.length === rest.length) return { Items };
    const names = [table.shape.partitionKey, table.shape.sortKey, partitionKey, sortKey].filter(
      (name) => name !== undefined,
    );
    return { Items, LastEvaluatedKey: Object.fromEntries(names.map((name) => [name, last.item[name]])) };
  }
}

const nothing = {};
const bindingsOf = (input: Expressed): Bindings => ({
  names: input.ExpressionAttributeNames ?? nothing,
  values: input.ExpressionAttributeValues ?? nothing,
});

function keyOf({ partitionKey, sortKey }: TableShape, item: Item): string {
  const parts = sortKey === undefined ? [item[partitionKey]] : [item[partitionKey], item[sortKey]];
  if (parts.some((part) => typeof part !== 'string' || part === ''))
    throw new Error(`no key: ${partitionKey}`);
  return parts.join('\u0000');
}

const withoutUndefined = (item: Item): Item =>
  Object.values(item).includes(undefined)
    ? Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined))
    : item;
