//go:build !cgo || !(linux || darwin)

package capi

// Stands in where the library can't be linked: everything compiles, and nothing can be made.

// HeaderVersion is empty: no header was compiled with.
const HeaderVersion = ""

// Client can't be made here.
type Client struct{}

// Options can't be filled here.
type Options struct{}

// statusNotSupported is OPT_STATUS_NOT_SUPPORTED.
const statusNotSupported = 19

func unsupported() *Failure {
	return &Failure{
		Status:  statusNotSupported,
		Message: "built without the library, which needs cgo (CGO_ENABLED=1 and a C compiler) on Linux or macOS",
	}
}

// Version fails: no library runs.
func Version() (string, *Failure) { return "", unsupported() }

// StatusName knows no status.
func StatusName(int32) string { return "OPT_STATUS_UNKNOWN" }

// NewOptions gives options that only fail.
func NewOptions() Options { return Options{} }

// NewClient fails.
func NewClient(Options) (Client, *Failure) { return Client{}, unsupported() }

// What else the layer has, for values that can't be made: every call fails.

func (Options) Free()                                        {}
func (Options) SetDatafile([]byte) *Failure                  { return unsupported() }
func (Options) SetEventEndpoint(string) *Failure             { return unsupported() }
func (Options) SetBatchSize(uint32) *Failure                 { return unsupported() }
func (Options) SetFlushInterval(uint32) *Failure             { return unsupported() }
func (Options) SetTimeouts(uint32, uint32) *Failure          { return unsupported() }
func (Options) SetRetryDelays(uint32, uint32) *Failure       { return unsupported() }
func (Options) SetQueueLimit(uint64, uint64) *Failure        { return unsupported() }
func (Options) SetClientName(string, string) *Failure        { return unsupported() }
func (Options) SetLogLevel(uint32) *Failure                  { return unsupported() }
func (Options) SetDefaultDecideOptions(uint32) *Failure      { return unsupported() }
func (Options) SetUserProfileDirectory(string) *Failure      { return unsupported() }
func (Options) SetCMABEndpoint(string) *Failure              { return unsupported() }
func (Options) SetCMABTimeout(uint32) *Failure               { return unsupported() }
func (Options) SetCMABCache(uint32, uint32) *Failure         { return unsupported() }
func (Options) SetNotificationQueue(uint32, uint32) *Failure { return unsupported() }
func (Options) SetJournal(string, uint32) *Failure           { return unsupported() }
func (Options) SetDurability(uint32) *Failure                { return unsupported() }
func (Options) SetJournalLimits(uint64, uint64) *Failure     { return unsupported() }
func (Options) SetMaxAge(uint64) *Failure                    { return unsupported() }
func (Options) SetHostDriven() *Failure                      { return unsupported() }
func (Options) SetManualClock(int64) *Failure                { return unsupported() }
func (Options) SetIDSeed(uint64) *Failure                    { return unsupported() }
func (Options) UseMobilePreset() *Failure                    { return unsupported() }
func (Options) SetPulledTransport() *Failure                 { return unsupported() }

func (Client) Free()                                              {}
func (Client) SetDatafile([]byte) *Failure                        { return unsupported() }
func (Client) Flush(uint32) *Failure                              { return unsupported() }
func (Client) Close(uint32) *Failure                              { return unsupported() }
func (Client) Call([]byte, []byte) (int, *Failure)                { return 0, unsupported() }
func (Client) Stats() (Stats, *Failure)                           { return Stats{}, unsupported() }
func (Client) SetForcedVariation(string, string, string) *Failure { return unsupported() }
func (Client) RemoveForcedVariation(string, string) *Failure      { return unsupported() }
func (Client) ForcedVariation(string, string) (string, *Failure)  { return "", unsupported() }
func (Client) NextNotification(uint32) (Notification, *Failure)   { return Notification{}, unsupported() }
func (Client) Sync(uint32) *Failure                               { return unsupported() }
func (Client) SetTracking(bool) *Failure                          { return unsupported() }
func (Client) SetClock(int64, uint64) *Failure                    { return unsupported() }
func (Client) Discard() (uint64, *Failure)                        { return 0, unsupported() }
func (Client) PurgeVisitor(string) (uint64, *Failure)             { return 0, unsupported() }
func (Client) Pump(uint32) (uint32, *Failure)                     { return 0, unsupported() }
func (Client) WakeDescriptor() (int, *Failure)                    { return 0, unsupported() }
func (Client) NextRequest(uint32) (Request, *Failure)             { return Request{}, unsupported() }
func (Client) Complete(uint64, uint32, []Header, []byte) *Failure { return unsupported() }
func (Client) TrackAt([]byte, int64, string, []byte) (int, *Failure) {
	return 0, unsupported()
}
func (Client) OptimizelyConfig() (text, datafile []byte, failure *Failure) {
	return nil, nil, unsupported()
}
