#pragma once

#include "tests/system/site.h"

#include <string>
#include <vector>

namespace postrider::testing {

/// Debian's Python, which Debian's Django is for; another may come first in PATH.
constexpr const char* django_python = "/usr/bin/python3";

/// What tests/django/stand_in.py needs of its environment, to be the site of this database.
std::vector<std::string> django_environment(const Site& site);

/// Why nothing of it can be run here; empty if it can.
std::string django_obstacle();

}  // namespace postrider::testing
