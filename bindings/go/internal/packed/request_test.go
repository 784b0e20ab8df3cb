package packed

// What goes to C, byte by byte.

import (
	"bytes"
	"math"
	"testing"
)

func TestRequestIsWrittenAsTheHeaderDescribes(t *testing.T) {
	request := AppendHead(nil, GetFeatureVariable, Notify|Predicts, 0x01020304, "flag")
	request = AppendTexts(request, []string{"a"})
	request = AppendVariable(request, "v", 5)
	request = AppendText(request, "ü")
	request = AppendCount(request, 1)
	request = AppendText(request, "k")
	request = AppendAny(request, "v")
	request = AppendCount(request, 0)
	request = AppendSegments(request, []string{"a", ""})
	request = AppendPredictions(request, []Prediction{{"r", true, "10", "u"}, {RuleID: "s"}})
	want := []byte{
		1, 9, 5, 0, 4, 3, 2, 1,
		4, 0, 0, 0, 'f', 'l', 'a', 'g',
		1, 0, 0, 0, 1, 0, 0, 0, 'a',
		1, 0, 0, 0, 'v', 5, 0, 0, 0,
		2, 0, 0, 0, 0xC3, 0xBC,
		1, 0, 0, 0, 1, 0, 0, 0, 'k', 4, 1, 0, 0, 0, 'v',
		0, 0, 0, 0,
		2, 0, 0, 0, 1, 0, 0, 0, 'a', 0, 0, 0, 0,
		2, 0, 0, 0,
		1, 0, 0, 0, 'r', 1, 2, 0, 0, 0, '1', '0', 1, 0, 0, 0, 'u',
		1, 0, 0, 0, 's', 0, 0, 0, 0, 0, 0, 0, 0, 0,
	}
	if !bytes.Equal(request, want) {
		t.Errorf("got  % x\nwant % x", request, want)
	}
}

func TestSegmentsNeverFetchedDifferFromNone(t *testing.T) {
	if got := AppendSegments(nil, nil); !bytes.Equal(got, []byte{0xFF, 0xFF, 0xFF, 0xFF}) {
		t.Errorf("nil: % x", got)
	}
	if got := AppendSegments(nil, []string{}); !bytes.Equal(got, []byte{0, 0, 0, 0}) {
		t.Errorf("empty: % x", got)
	}
}

func TestEveryTypeOfValue(t *testing.T) {
	type plan string
	type switched bool
	type cents int32
	type share float32
	number := 7
	seven := []byte{2, 7, 0, 0, 0, 0, 0, 0, 0}
	half := []byte{3, 0, 0, 0, 0, 0, 0, 0xE0, 0x3F}
	none := []byte{0}
	for _, test := range []struct {
		value any
		want  []byte
	}{
		{nil, none},
		{true, []byte{1, 1}},
		{false, []byte{1, 0}},
		{switched(true), []byte{1, 1}},
		{7, seven},
		{int8(7), seven},
		{int16(7), seven},
		{int32(7), seven},
		{int64(7), seven},
		{uint(7), seven},
		{uint8(7), seven},
		{uint16(7), seven},
		{uint32(7), seven},
		{uint64(7), seven},
		{uintptr(7), seven},
		{cents(7), seven},
		{-1, []byte{2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}},
		{int64(math.MinInt64), []byte{2, 0, 0, 0, 0, 0, 0, 0, 0x80}},
		{uint64(math.MaxInt64), []byte{2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F}},
		{uint64(math.MaxInt64 + 1), []byte{3, 0, 0, 0, 0, 0, 0, 0xE0, 0x43}},
		{0.5, half},
		{float32(0.5), half},
		{share(0.5), half},
		{math.Inf(1), []byte{3, 0, 0, 0, 0, 0, 0, 0xF0, 0x7F}},
		{"", []byte{4, 0, 0, 0, 0}},
		{"a\x00b", []byte{4, 3, 0, 0, 0, 'a', 0, 'b'}},
		{plan("gold"), []byte{4, 4, 0, 0, 0, 'g', 'o', 'l', 'd'}},
		{&number, none},
		{[]int{7}, none},
		{map[string]int{"a": 7}, none},
		{struct{}{}, none},
		{complex(1, 2), none},
		{func() {}, none},
	} {
		if got := AppendAny(nil, test.value); !bytes.Equal(got, test.want) {
			t.Errorf("%T: got % x, want % x", test.value, got, test.want)
		}
	}
}
