package param

// Shared returns what build returns, built once for all parts of a model that ask with equal keys: masks, say, which the layers of a flow have
// in common. Nobody may change it. The type of a key keeps those of different packages apart.
func Shared[K comparable, V any](s *Scope, key K, build func() V) V {
	if v, ok := s.registry.shared[key]; ok {
		return v.(V)
	}
	v := build()
	s.registry.shared[key] = v
	return v
}
