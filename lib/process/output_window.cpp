#include "lib/process/output_window.h"

#include <algorithm>

namespace postrider {

void OutputWindow::add(std::string_view piece) {
    total_ += piece.size();
    const std::size_t room = std::min(piece.size(), head_max_ - head_.size());
    head_.append(piece.substr(0, room));
    piece.remove_prefix(room);
    if (piece.size() > tail_max_) piece.remove_prefix(piece.size() - tail_max_);
    tail_.append(piece);
    if (tail_.size() > 2 * tail_max_) tail_.erase(0, tail_.size() - tail_max_);
}

std::string OutputWindow::text() const {
    const std::string tail = tail_.size() > tail_max_ ? tail_.substr(tail_.size() - tail_max_) : tail_;
    const std::uint64_t missing = total_ - head_.size() - tail.size();
    if (missing == 0) return head_ + tail;
    return head_ + "\n[" + std::to_string(missing) + " bytes are left out here]\n" + tail;
}

}  // namespace postrider
