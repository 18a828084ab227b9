import { describe, expect, it } from 'vitest';

import { fieldOf, optionOf, optionsOf, withField, withOption } from './mapping';

const ORDERS = {
  kind: 'orders',
  delimiter: ';',
  customer: { user_id: 'Kunde' },
  order_id: 'Bon',
  discount: ['Rabatt', 'Gutschein'],
  amount: 'Umsatz',
  properties: { kasse: 'Kasse' },
};
const ONE = { key: 'x', several: false };

describe('a mapping in the form', () => {
  it('tells which field a column has', () => {
    expect(fieldOf(ORDERS, 'Kunde')).toBe('customer.user_id');
    expect(fieldOf(ORDERS, 'Gutschein')).toBe('discount');
    expect(fieldOf(ORDERS, 'Kasse', ['properties.*'])).toBe('properties.*');
    expect(fieldOf(ORDERS, ';')).toBe('');
  });

  it('gives a column one field at a time', () => {
    const changed = withField(ORDERS, 'Bon', 'place', ONE);
    expect(changed).toMatchObject({ place: 'Bon' });
    expect(changed).not.toHaveProperty('order_id');
  });

  it('adds up columns where a field takes several, and leaves one out again', () => {
    const added = withField(ORDERS, 'Nachlass', 'discount', { key: 'n', several: true });
    expect(added.discount).toEqual(['Rabatt', 'Gutschein', 'Nachlass']);
    expect(withField(withField(added, 'Rabatt', '', ONE), 'Nachlass', '', ONE).discount).toBe('Gutschein');
  });

  it('keeps a column under its own name, and a customer under one identifier', () => {
    expect(withField(ORDERS, 'Bon', 'properties.*', { key: 'bon', several: true }).properties).toEqual({
      kasse: 'Kasse',
      bon: 'Bon',
    });
    expect(withField(ORDERS, 'Mail', 'customer.email', ONE).customer).toEqual({ email: 'Mail' });
  });

  it('lets what was paid and the price of a piece take each other’s place', () => {
    const priced = withField(ORDERS, 'Preis', 'price', ONE);
    expect(priced).toMatchObject({ price: 'Preis' });
    expect(priced).not.toHaveProperty('amount');
  });

  it('sets and takes out what it says besides columns', () => {
    expect(optionOf(withOption(ORDERS, 'zone', 'Europe/Vienna'), 'zone')).toBe('Europe/Vienna');
    expect(withOption(ORDERS, 'delimiter', '')).not.toHaveProperty('delimiter');
    expect(optionOf({ dates: ['%d.%m.%Y', '%d.%m.%Y %H:%M'] }, 'dates')).toBe('%d.%m.%Y');
  });

  it('lets what all rows of consents say and a column that says it take each other’s place', () => {
    const all = { kind: 'consents', customer: { email: 'Mail' }, purposes: ['advertising', 'newsletter'], said: 'withdrawn' };
    expect(fieldOf(all, 'advertising')).toBe('');
    expect(optionsOf(all, 'purposes')).toEqual(['advertising', 'newsletter']);
    const told = withField(all, 'Wort', 'state', ONE);
    expect(told).toMatchObject({ state: 'Wort', purposes: all.purposes });
    expect(told).not.toHaveProperty('said');
    const wide = withField(told, 'News', 'states.*', { key: 'newsletter', several: true });
    expect(wide).toEqual({ kind: 'consents', customer: { email: 'Mail' }, states: { newsletter: 'News' } });
    expect(withOption(wide, 'purposes', ['advertising'])).not.toHaveProperty('states');
    expect(withOption(all, 'purposes', [])).not.toHaveProperty('purposes');
  });
});
