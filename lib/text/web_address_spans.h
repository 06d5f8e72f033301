#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider {

/// Where web addresses (`https://…`) of at most `units_max` code units are in a UTF-16 text: begin and
/// end, in order, apart from each other. With what follows up to white space where that fits too, since
/// who reads the text may take it for part of the address; else without punctuation at the end.
std::vector<std::pair<std::size_t, std::size_t>> web_address_spans(std::u16string_view text,
                                                                   std::size_t units_max);

}  // namespace postrider
