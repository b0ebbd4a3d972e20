// The library fmt, compiled once: as headers only, it doubled the time that most files take, and
// Debian has it as a shared library only, which would be a second file to install. For fmt 9
// (Debian 12) and fmt 10 (Debian 13).
#include <fmt/format-inl.h>

FMT_BEGIN_NAMESPACE
namespace detail {

// What fmt's headers declare and leave to its library, for char.
template auto dragonbox::to_decimal(float x) noexcept -> dragonbox::decimal_fp<float>;
template auto dragonbox::to_decimal(double x) noexcept -> dragonbox::decimal_fp<double>;
template auto locale_ref::get<std::locale>() const -> std::locale;
template auto thousands_sep_impl(locale_ref) -> thousands_sep_result<char>;
template auto decimal_point_impl(locale_ref) -> char;
template void buffer<char>::append(const char*, const char*);
template void vformat_to(
    buffer<char>&, string_view, basic_format_args<buffer_context<char>>, locale_ref
);

}  // namespace detail
FMT_END_NAMESPACE
