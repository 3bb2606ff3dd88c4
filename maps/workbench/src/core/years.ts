// The years of a programme: colours told apart by everybody, and what people type as budgets.
export const YEAR_COLOURS = ['#ffd400', '#35b779', '#31a2f2', '#ff8c42', '#b8b8ff'] as const;

export function yearColour(year: number): string {
  return YEAR_COLOURS[year - 1] ?? '#999999';
}

/** Largest budget of a year, 万元: what the server takes. */
const MOST_WAN = 1e7;

/** "500,300" as numbers; null for what is no budget. */
export function readBudgets(text: string): number[] | null {
  const parts = text.split(/[,,、\s]+/).filter(Boolean).map(Number);
  const good = parts.length > 0 && parts.length <= 10 && parts.every((n) => n >= 0 && n <= MOST_WAN) && parts.some((n) => n > 0);
  return good ? parts : null;
}
