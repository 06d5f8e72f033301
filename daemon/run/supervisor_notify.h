#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace postrider {

/// What systemd wants to hear, sd_notify(3); all of it does nothing elsewhere.
namespace supervisor {

void ready();
/// A reload begins; `ready` says that it is over.
void reloading();
void stopping();
void status(const std::string& text);
/// This process makes progress.
void alive();
/// How often `alive` is expected at most, if a watchdog was asked for.
std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace supervisor

}  // namespace postrider
