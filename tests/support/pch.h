// Precompiled once for all tests.
#pragma once

#include "lib/async/pch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
