#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postrider {

/// Whether telephone numbers without a country code can be read by the habits of `region`: two capital
/// letters of ISO 3166, such as `US`.
bool is_phone_region(std::string_view region);

/// A telephone number as providers write it, `+` and digits only (ITU-T E.164), of one as people write it: with
/// spaces, brackets, dashes, dots or slashes, and digits of any script. One that begins with a `+` loses its
/// spelling only; any other is read by the habits of `region`, which is_phone_region.
///
/// nullopt for what is none, however close: short codes, extensions, letters for digits, e-mail addresses, any
/// bytes. A number of that form need not exist. Takes a microsecond with a `+`, 10 to 20 without. Any thread.
std::optional<std::string> e164(std::string_view number, std::string_view region);

/// Equal for spellings of one address, to compare addresses by: the e164() of a telephone number, that behind
/// a prefix (`whatsapp:+1 …`; there only with a `+`, since `messenger:` has digits that are none), and all else
/// as it is. At once for what is `+` and digits already. Any thread.
std::string without_spelling(std::string_view address, std::string_view region);

}  // namespace postrider
