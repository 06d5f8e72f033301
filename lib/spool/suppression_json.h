#pragma once

#include "lib/model/suppression.h"

#include <boost/json/object.hpp>

namespace postrider {

boost::json::object to_object(const SuppressionChange& change);

/// What `to_object` made; throws for anything else.
SuppressionChange suppression_of(const boost::json::object& from);

}  // namespace postrider
