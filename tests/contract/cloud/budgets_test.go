package cloud

import "time"

// A budget is the time that something may take in the cloud (evroc-api.md
// B.8.3).
type budget time.Duration

const (
	quick      = budget(2 * time.Minute) // public IP, group, attachment, deletions of small things
	diskReady  = budget(3 * time.Minute)
	imageReady = budget(30 * time.Minute) // B.5.3: ten minutes happen, others wait thirty
	machineUp  = budget(5 * time.Minute)
	removal    = budget(10 * time.Minute)
)

// simulatorShare is the part of a budget that the simulator may use.
const (
	simulatorShare = 10
	simulatorLeast = 10 * time.Second
)

func (c *aCloud) budget(b budget) time.Duration {
	duration := time.Duration(b)
	if c.simulated {
		duration = max(duration/simulatorShare, simulatorLeast)
	}
	return time.Duration(float64(duration) * timeFactor())
}

// The pauses between polls are those of the SDK's waiters.
const (
	pauseFactor   = 1.5
	firstPause    = 2 * time.Second
	longestPause  = 30 * time.Second
	simulatorPace = 100 // times as fast
)

func (c *aCloud) firstPause() time.Duration { return c.scaled(firstPause) }

func (c *aCloud) nextPause(pause time.Duration) time.Duration {
	return min(time.Duration(float64(pause)*pauseFactor), c.scaled(longestPause))
}

func (c *aCloud) scaled(pause time.Duration) time.Duration {
	if c.simulated {
		return pause / simulatorPace
	}
	return pause
}
