package packed

// Taking numbers and texts off the front of an answer, whatever it holds.

// reader takes values off the front; once one is cut short it stays broken and gives nothing but zeros.
type reader struct {
	rest   string
	broken bool
}

// take gives the next bytes, all of them or none.
func (r *reader) take(size uint64) string {
	if r.broken || size > uint64(len(r.rest)) {
		r.broken = true
		return ""
	}
	taken := r.rest[:size]
	r.rest = r.rest[size:]
	return taken
}

// Byte is the next u8.
func (r *reader) Byte() byte {
	if taken := r.take(1); taken != "" {
		return taken[0]
	}
	return 0
}

// Flag is the next u8, which is 0 or 1.
func (r *reader) Flag() bool {
	value := r.Byte()
	if value > 1 {
		r.broken = true
	}
	return value == 1 && !r.broken
}

// Number is the next u32.
func (r *reader) Number() uint32 {
	return uint32(r.little(4))
}

// Long is the next u64.
func (r *reader) Long() uint64 {
	return r.little(8)
}

func (r *reader) little(size uint64) uint64 {
	taken := r.take(size)
	value := uint64(0)
	for place := range len(taken) {
		value |= uint64(taken[place]) << (8 * place)
	}
	return value
}

// Text is the next u32 and that many bytes. It shares the answer's memory.
func (r *reader) Text() string {
	return r.take(uint64(r.Number()))
}

// Count is the next u32, a number of things that take at least so many bytes each. A number that the rest can't hold
// breaks the reader, so nobody makes room for it.
func (r *reader) Count(smallest int) int {
	count := uint64(r.Number())
	if count > uint64(len(r.rest))/uint64(smallest) {
		r.broken = true
		return 0
	}
	return int(count)
}

// Texts are the next u32 and that many texts; nil for none.
func (r *reader) Texts() []string {
	count := r.Count(textSize)
	if count == 0 {
		return nil
	}
	texts := make([]string, count)
	for place := range texts {
		texts[place] = r.Text()
	}
	return texts
}

// Ended says that nothing was cut short and nothing is left.
func (r *reader) Ended() bool {
	return !r.broken && r.rest == ""
}
