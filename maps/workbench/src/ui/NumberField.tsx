// A number being typed: the field may be empty or half written for a while, and only a number within its bounds is told.
import { type InputHTMLAttributes, useState } from 'react';

type Props = Omit<InputHTMLAttributes<HTMLInputElement>, 'value' | 'onChange' | 'onBlur' | 'type'> & {
  value: number;
  onNumber: (value: number) => void;
};

export function NumberField({ value, onNumber, ...rest }: Props) {
  const [text, setText] = useState<string | null>(null);
  return (
    <input
      {...rest}
      type="number"
      value={text ?? value}
      onBlur={() => setText(null)}
      onChange={(e) => {
        setText(e.target.value);
        if (e.target.value !== '' && e.target.validity.valid) onNumber(e.target.valueAsNumber);
      }}
    />
  );
}
