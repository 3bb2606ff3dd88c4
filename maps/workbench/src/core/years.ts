// The years of a programme: colours told apart by everybody, and what people type as budgets.
import type { Limits } from '../api/types';

export const YEAR_COLOURS = ['#ffd400', '#35b779', '#31a2f2', '#ff8c42', '#b8b8ff', '#8c564b', '#e377c2', '#00838f', '#7f7f7f', '#283593'] as const;

export function yearColour(year: number): string {
  return YEAR_COLOURS[year - 1] ?? '#999999';
}

/** "500,300" as numbers; null for what is no budget, or more than may be asked. */
export function readBudgets(text: string, limits: Limits): number[] | null {
  const parts = text.split(/[,,、\s]+/).filter(Boolean).map(Number);
  const good = parts.length > 0 && parts.length <= limits.years && parts.every((n) => n >= 0 && n <= limits.wan) && parts.some((n) => n > 0);
  return good ? parts : null;
}
