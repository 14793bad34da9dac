import ModelGraph

extension Device {
  /// Microcontrollers, with all their SRAM and flash.
  ///
  /// The program's own stack, heap and code share them.
  static let microcontrollers = [
    microcontroller(
      "stm32f412", "STM32F412 (Cortex-M4)", 256, 1024,
      "https://www.st.com/resource/en/datasheet/stm32f412zg.pdf"),
    microcontroller(
      "stm32f746", "STM32F746 (Cortex-M7)", 320, 1024,
      "https://www.st.com/resource/en/datasheet/stm32f746ng.pdf"),
    microcontroller(
      "stm32f765", "STM32F765 (Cortex-M7)", 512, 2048,
      "https://www.st.com/resource/en/datasheet/stm32f765zi.pdf"),
    microcontroller(
      "stm32h743", "STM32H743 (Cortex-M7), in several banks, the largest 512 KiB", 1024, 2048,
      "https://www.st.com/resource/en/datasheet/stm32h743bi.pdf"),
    microcontroller(
      "nrf52840", "Nordic nRF52840 (Cortex-M4)", 256, 1024,
      "https://docs.nordicsemi.com/bundle/ps_nrf52840/page/memory.html"),
    microcontroller(
      "arduino-nano-33-ble", "Arduino Nano 33 BLE (nRF52840)", 256, 1024,
      "https://docs.arduino.cc/hardware/nano-33-ble"),
    microcontroller(
      "rp2040", "Raspberry Pi Pico (RP2040)", 264, 2048,
      "https://datasheets.raspberrypi.com/pico/pico-datasheet.pdf"),
    microcontroller(
      "rp2350", "Raspberry Pi Pico 2 (RP2350)", 520, 4096,
      "https://datasheets.raspberrypi.com/pico/pico-2-datasheet.pdf"),
    microcontroller(
      "esp32-s3", "ESP32-S3, with the 8 MiB of flash of common modules", 512, 8192,
      "https://www.espressif.com/sites/default/files/documentation/esp32-s3_datasheet_en.pdf"),
  ]

  private static func microcontroller(
    _ name: String, _ title: String, _ sram: Int, _ flash: Int, _ source: String
  ) -> Device {
    Device(
      name: name, title: title, kind: .microcontroller, usableMemory: kibibytes(sram),
      flash: kibibytes(flash), source: "all SRAM and flash, \(source)")
  }
}
