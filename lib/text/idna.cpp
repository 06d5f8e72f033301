#include "lib/text/idna.h"

#include <unicode/uidna.h>

#include <memory>

namespace postrider {

std::optional<std::string> ascii_domain(std::string_view utf8) {
    constexpr int domain_max = 255;  // RFC 1035 § 2.3.4
    if (utf8.size() > 4 * domain_max) return std::nullopt;
    UErrorCode error = U_ZERO_ERROR;
    const std::unique_ptr<UIDNA, decltype(&uidna_close)> idna(
        uidna_openUTS46(UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_NONTRANSITIONAL_TO_ASCII, &error),
        &uidna_close);
    std::string ascii(domain_max, '\0');
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    const int32_t size = uidna_nameToASCII_UTF8(idna.get(), utf8.data(), static_cast<int32_t>(utf8.size()),
                                                ascii.data(), domain_max, &info, &error);
    if (U_FAILURE(error) || info.errors != 0 || size > domain_max) return std::nullopt;
    ascii.resize(static_cast<std::size_t>(size));
    return ascii;
}

}  // namespace postrider
