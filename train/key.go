package train

// stepKey is the random key of a step for what draws while it learns, such as dropout: a function of the seed and the step's number alone, so that a
// training that is resumed draws what it would have drawn. The mixing is that of SplitMix64 (Steele, Lea and Flood, 2014).
func stepKey(seed uint64, step int) [2]uint32 {
	z := mixed(mixed(seed^keyOfKeys) + uint64(step))
	return [2]uint32{uint32(z), uint32(z >> 32)}
}

// keyOfKeys keeps these keys apart from others of the same seed.
const keyOfKeys = 0x64726f70 // "drop"

func mixed(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
