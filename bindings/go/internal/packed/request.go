// Package packed writes and reads the flat form of the library's calls, as opt_call_packed in opttrack.h describes it:
// one buffer a call, so that Go crosses into C once, user and all. It is plain Go and knows nothing of C.
package packed

import (
	"encoding/binary"
	"math"
	"reflect"
)

// Version is the first byte of every request and of every answer.
const Version = 1

// Call says which call a request makes.
type Call byte

// The calls, numbered as OPT_PACKED_… in the header.
const (
	Track              Call = 1
	Activate           Call = 2
	GetVariation       Call = 3
	IsFeatureEnabled   Call = 4
	GetEnabledFeatures Call = 5
	Decide             Call = 6
)

// Kind says what a value is.
type Kind byte

// The kinds of values, numbered as OPT_VALUE_… in the header.
const (
	None   Kind = 0
	Bool   Kind = 1
	Int    Kind = 2
	Double Kind = 3
	Text   Kind = 4
)

// noSegments stands where the number of qualified segments would, when they were never fetched.
const noSegments = math.MaxUint32

// MaxSize is the length that no request may pass: its texts carry their lengths in 32 bits. Within it no text can be
// longer than its length says.
const MaxSize = math.MaxUint32

// AppendHead starts a request: what is called, with which options, for which key and user.
func AppendHead(request []byte, call Call, options uint32, key, userID string) []byte {
	request = append(request, Version, byte(call), 0, 0)
	request = AppendCount(request, options)
	request = AppendText(request, key)
	return AppendText(request, userID)
}

// AppendCount writes a 32-bit number, such as the one in front of attributes and of tags.
func AppendCount(request []byte, count uint32) []byte {
	return binary.LittleEndian.AppendUint32(request, count)
}

// AppendText writes a length and the bytes.
func AppendText(request []byte, text string) []byte {
	request = binary.LittleEndian.AppendUint32(request, uint32(len(text)))
	return append(request, text...)
}

// AppendSegments ends a request with the qualified segments; nil says that they were never fetched.
func AppendSegments(request []byte, segments []string) []byte {
	if segments == nil {
		return AppendCount(request, noSegments)
	}
	request = AppendCount(request, uint32(len(segments)))
	for _, segment := range segments {
		request = AppendText(request, segment)
	}
	return request
}

// AppendNone writes a value that says there is none.
func AppendNone(request []byte) []byte {
	return append(request, byte(None))
}

// AppendBool writes true or false.
func AppendBool(request []byte, value bool) []byte {
	if value {
		return append(request, byte(Bool), 1)
	}
	return append(request, byte(Bool), 0)
}

// AppendInt writes a whole number.
func AppendInt(request []byte, value int64) []byte {
	return binary.LittleEndian.AppendUint64(append(request, byte(Int)), uint64(value))
}

// AppendUint writes a whole number, or the nearest double if 63 bits don't hold it.
func AppendUint(request []byte, value uint64) []byte {
	if value > math.MaxInt64 {
		return AppendDouble(request, float64(value))
	}
	return AppendInt(request, int64(value))
}

// AppendDouble writes a floating-point number; NaN and the infinities too, which are the library's to judge.
func AppendDouble(request []byte, value float64) []byte {
	return binary.LittleEndian.AppendUint64(append(request, byte(Double)), math.Float64bits(value))
}

// AppendString writes a value that is a text.
func AppendString(request []byte, value string) []byte {
	return AppendText(append(request, byte(Text)), value)
}

// AppendAny writes a value of any type; of one that the Events API has no word for, that there is none.
func AppendAny(request []byte, value any) []byte {
	switch value := value.(type) {
	case string:
		return AppendString(request, value)
	case int:
		return AppendInt(request, int64(value))
	case bool:
		return AppendBool(request, value)
	case float64:
		return AppendDouble(request, value)
	case int64:
		return AppendInt(request, value)
	}
	return appendReflected(request, value)
}

// appendReflected writes the rarer numbers, and values of types that are based on a plain one (type Plan string).
func appendReflected(request []byte, value any) []byte {
	reflected := reflect.ValueOf(value)
	switch reflected.Kind() {
	case reflect.String:
		return AppendString(request, reflected.String())
	case reflect.Bool:
		return AppendBool(request, reflected.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return AppendInt(request, reflected.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return AppendUint(request, reflected.Uint())
	case reflect.Float32, reflect.Float64:
		return AppendDouble(request, reflected.Float())
	}
	return AppendNone(request)
}
