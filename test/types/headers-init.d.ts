/** A name of the browser's library that the types of `ollama` use and Node's do not have. */
type HeadersInit = NonNullable<ConstructorParameters<typeof Headers>[0]>
