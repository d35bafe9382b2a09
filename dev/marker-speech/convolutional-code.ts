// The rate 1/2 convolutional code of constraint length 7 (polynomials 171 and 133 octal) with a soft Viterbi
// decoder. Bits are numbers 0 and 1; a soft bit is positive for 1, negative for 0, near zero when unsure.

const POLYNOMIALS = [0o171, 0o133] as const;

/** Zeros that bring the encoder back to rest; they must end the bits given to `encodeConvolutional`. */
export const TAIL_BITS = 6;

const STATES = 1 << TAIL_BITS;

/** Two coded bits per bit. The last `TAIL_BITS` bits must be zero. */
export function encodeConvolutional(bits: Uint8Array): Uint8Array {
  const coded = new Uint8Array(bits.length * 2);
  let state = 0;
  for (let i = 0; i < bits.length; i++) {
    const register = ((bits[i] ?? 0) << TAIL_BITS) | state;
    coded[2 * i] = parity(register & POLYNOMIALS[0]);
    coded[2 * i + 1] = parity(register & POLYNOMIALS[1]);
    state = register >> 1;
  }
  return coded;
}

/** The most likely bits behind `soft` (two soft bits per bit), tail included. */
export function decodeConvolutional(soft: Float32Array): Uint8Array {
  const steps = soft.length >> 1;
  const cameFromOdd = new Uint8Array(steps * STATES);
  let metric = new Float64Array(STATES).fill(Number.NEGATIVE_INFINITY);
  let next = new Float64Array(STATES);
  metric[0] = 0;
  for (let step = 0; step < steps; step++) {
    const first = soft[2 * step] ?? 0;
    const second = soft[2 * step + 1] ?? 0;
    const row = step * STATES;
    for (let state = 0; state < STATES; state++) {
      // A state's top bit is the bit that led to it; its two predecessors differ in the bit that fell out.
      const register = state << 1;
      const even = (metric[register & (STATES - 1)] ?? 0) + branch(register, first, second);
      const odd = (metric[(register & (STATES - 1)) | 1] ?? 0) + branch(register | 1, first, second);
      const oddWins = odd > even;
      next[state] = oddWins ? odd : even;
      cameFromOdd[row + state] = oddWins ? 1 : 0;
    }
    [metric, next] = [next, metric];
  }
  return traceBack(cameFromOdd, steps);
}

function traceBack(cameFromOdd: Uint8Array, steps: number): Uint8Array {
  const bits = new Uint8Array(steps);
  let state = 0;
  for (let step = steps - 1; step >= 0; step--) {
    bits[step] = state >> (TAIL_BITS - 1);
    state = ((state << 1) & (STATES - 1)) | (cameFromOdd[step * STATES + state] ?? 0);
  }
  return bits;
}

const SIGN_FIRST = Float64Array.from({ length: STATES * 2 }, (_, r) => 2 * parity(r & POLYNOMIALS[0]) - 1);
const SIGN_SECOND = Float64Array.from({ length: STATES * 2 }, (_, r) => 2 * parity(r & POLYNOMIALS[1]) - 1);

function branch(register: number, first: number, second: number): number {
  return (SIGN_FIRST[register] ?? 0) * first + (SIGN_SECOND[register] ?? 0) * second;
}

function parity(value: number): number {
  let odd = 0;
  for (let rest = value; rest !== 0; rest &= rest - 1) odd ^= 1;
  return odd;
}
