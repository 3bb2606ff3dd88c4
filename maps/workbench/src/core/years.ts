// The years of a programme: colours told apart by everybody, and what people type as budgets.
export const YEAR_COLOURS = ['#ffd400', '#35b779', '#31a2f2', '#ff8c42', '#b8b8ff', '#8c564b', '#e377c2', '#00838f', '#7f7f7f', '#283593'] as const;

export function yearColour(year: number): string {
  return YEAR_COLOURS[year - 1] ?? '#999999';
}

/** Largest budget of a year, 万元: what the server takes. */
const MOST_WAN = 1e7;

/** "500,300" as numbers, for as many years as there are colours; null for what is no budget. */
export function readBudgets(text: string): number[] | null {
  const parts = text.split(/[,,、\s]+/).filter(Boolean).map(Number);
  const good = parts.length > 0 && parts.length <= YEAR_COLOURS.length && parts.every((n) => n >= 0 && n <= MOST_WAN) && parts.some((n) => n > 0);
  return good ? parts : null;
}
