package model

import "math/rand/v2"
