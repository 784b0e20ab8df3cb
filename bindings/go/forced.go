package opttrack

// Forced variations.

// SetForcedVariation forces a variation of an experiment on a user id: it outranks whitelist, audience and traffic, but
// not a paused experiment. It is kept in memory by this client until removed, and survives [Client.SetDatafile].
//
// Errors: [ErrUnknownExperiment], [ErrNotFound] (the experiment has no such variation; the empty key is none),
// [ErrNotReady], [ErrInvalidUTF8], [ErrClosed].
func (c *Client) SetForcedVariation(experimentKey, userID, variationKey string) error {
	if !c.enter(0) {
		return errorClosed()
	}
	defer c.leave(0)
	return errorOf(c.handle.SetForcedVariation(experimentKey, userID, variationKey))
}

// RemoveForcedVariation removes a forced variation; nil also if none was set.
//
// Errors: [ErrUnknownExperiment], [ErrNotReady], [ErrInvalidUTF8], [ErrClosed].
func (c *Client) RemoveForcedVariation(experimentKey, userID string) error {
	if !c.enter(0) {
		return errorClosed()
	}
	defer c.leave(0)
	return errorOf(c.handle.RemoveForcedVariation(experimentKey, userID))
}

// GetForcedVariation gives the key of the variation that is forced on a user id.
//
// Errors: [ErrNotFound] (none is set, or the datafile no longer has it), [ErrUnknownExperiment], [ErrNotReady],
// [ErrInvalidUTF8], [ErrClosed].
func (c *Client) GetForcedVariation(experimentKey, userID string) (string, error) {
	if !c.enter(0) {
		return "", errorClosed()
	}
	defer c.leave(0)
	variationKey, failure := c.handle.ForcedVariation(experimentKey, userID)
	return variationKey, errorOf(failure)
}
