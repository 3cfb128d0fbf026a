/** Geins' description knows no null: what is not known, or does not apply, is left out. */
type Known<A> = { readonly [K in keyof A as null extends A[K] ? never : K]: A[K] } & {
  readonly [K in keyof A as null extends A[K] ? K : never]?: Exclude<A[K], null>
}

export const known = <A extends object>(fields: A): Known<A> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as Known<A>
